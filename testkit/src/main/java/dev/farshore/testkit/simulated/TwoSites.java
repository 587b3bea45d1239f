package dev.farshore.testkit.simulated;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdListener;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.testkit.verify.FlushListener;
import dev.farshore.testkit.workload.VolumeEndpoints;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Two sites with an NBD server each, on Unix sockets, and volumes that are written at one and
 * applied at both: the smallest world a workload can move in, with faults to order.
 */
public final class TwoSites implements VolumeEndpoints, AutoCloseable {
    public static final List<String> NAMES = List.of("a", "b");

    private final Path folder;
    private final FlushListener flushes;
    private final Tampering tampering;
    private final Map<String, ReplicatedVolume> volumes = new ConcurrentHashMap<>();
    private final Set<Exports.Client> clients = ConcurrentHashMap.newKeySet();
    private final Map<String, NbdServer> servers = new ConcurrentHashMap<>();
    private volatile String owner = "a";

    /** What goes wrong when an event is applied at a site. */
    @FunctionalInterface
    public interface Tampering {
        Tampering NONE = (_, event) -> List.of(event);

        /** What to apply instead. */
        List<ReplicatedVolume.Event> tamper(String site, ReplicatedVolume.Event event);
    }

    public TwoSites(Path folder, FlushListener flushes, Tampering tampering) throws IOException {
        this.folder = folder;
        this.flushes = flushes;
        this.tampering = tampering;
        for (String site : NAMES) {
            NbdServer server =
                    new NbdServer(
                            new SiteExports(site),
                            List.of(NbdListener.unix(socket(site))),
                            NbdLimits.defaults());
            server.start();
            servers.put(site, server);
        }
    }

    public void create(String vvol, long sizeBytes) throws IOException {
        volumes.put(vvol, new ReplicatedVolume(folder, vvol, sizeBytes, owner, flushes, tampering));
    }

    @Override
    public NbdUri locate(String vvol) {
        return new NbdUri(UnixDomainSocketAddress.of(socket(owner)), vvol);
    }

    public Path image(String vvol, String site) {
        return ReplicatedVolume.image(folder, vvol, site);
    }

    /** Cuts every connection, as a network does. */
    public void cutConnections() {
        for (Exports.Client client : clients) {
            clients.remove(client);
            client.disconnect("cut by the test");
        }
    }

    /** Holds writes, waits for the other site to be level, lets it serve. */
    public void moveTo(String site) throws InterruptedException {
        owner = "";
        cutConnections();
        for (ReplicatedVolume volume : volumes.values()) {
            volume.seal();
        }
        awaitApplied();
        volumes.values().forEach(volume -> volume.open(site));
        owner = site;
    }

    public void awaitApplied() throws InterruptedException {
        for (ReplicatedVolume volume : volumes.values()) {
            volume.awaitApplied();
        }
    }

    @Override
    public void close() throws IOException {
        servers.values().forEach(NbdServer::close);
        for (ReplicatedVolume volume : volumes.values()) {
            volume.close();
        }
    }

    private Path socket(String site) {
        return folder.resolve("nbd-" + site);
    }

    private final class SiteExports implements Exports {
        private final String site;

        SiteExports(String site) {
            this.site = site;
        }

        @Override
        public List<Description> list() {
            return List.of();
        }

        @Override
        public BlockDevice open(String name, Client client) throws ExportUnavailableException {
            ReplicatedVolume volume = volumes.get(name);
            if (volume == null || !site.equals(owner)) {
                throw new ExportUnavailableException(
                        ExportUnavailableException.Kind.ELSEWHERE, name + " is not served here");
            }
            clients.add(client);
            return volume.device(site);
        }
    }
}
