package dev.farshore.nbd;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Exports that have one name, and remember who came. */
public final class OneExport implements Exports {
    private final Description description;
    private final BlockDevice device;
    final List<Client> clients = new CopyOnWriteArrayList<>();

    public OneExport(String name, BlockDevice device) {
        this.description = new Description(name, "a disk of the tests");
        this.device = device;
    }

    @Override
    public List<Description> list() {
        return List.of(description);
    }

    @Override
    public BlockDevice open(String name, Client client) throws ExportUnavailableException {
        if (!name.equals(description.name())) {
            throw new ExportUnavailableException(
                    ExportUnavailableException.Kind.UNKNOWN, "there is no export " + name);
        }
        clients.add(client);
        return device;
    }
}
