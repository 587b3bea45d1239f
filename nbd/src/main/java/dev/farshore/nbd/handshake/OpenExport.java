package dev.farshore.nbd.handshake;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.nbd.NbdProtocol;

import org.jspecify.annotations.Nullable;

/**
 * The export the client has asked about last: clients ask for its contexts, for information, and
 * then to go, and all of that is one opening. Threading: the connection's reader.
 */
final class OpenExport implements AutoCloseable {
    private final Exports exports;
    private final Exports.Client client;
    private @Nullable String name;
    private @Nullable BlockDevice device;

    OpenExport(Exports exports, Exports.Client client) {
        this.exports = exports;
        this.client = client;
    }

    /** The device of that export, which stays this object's. */
    BlockDevice device(String wanted) throws ExportUnavailableException {
        BlockDevice current = device;
        if (current != null && wanted.equals(name)) {
            return current;
        }
        close();
        BlockDevice opened = exports.open(wanted, client);
        name = wanted;
        device = opened;
        return opened;
    }

    /** The device, from now on the caller's. */
    BlockDevice take() {
        BlockDevice taken = device;
        if (taken == null) {
            throw new IllegalStateException("no export is open");
        }
        device = null;
        return taken;
    }

    @Override
    public void close() {
        BlockDevice open = device;
        device = null;
        if (open != null) {
            open.close();
        }
    }

    /** What the client is told. */
    static int error(ExportUnavailableException unavailable) {
        return switch (unavailable.kind()) {
            case UNKNOWN -> NbdProtocol.REP_ERR_UNKNOWN;
            case ELSEWHERE -> NbdProtocol.REP_ERR_SHUTDOWN;
            case FORBIDDEN -> NbdProtocol.REP_ERR_POLICY;
        };
    }
}
