package dev.farshore.node;

import dev.farshore.apply.store.Images;
import dev.farshore.apply.topology.ServingStatus;
import dev.farshore.capture.ownership.WriteTimes;
import dev.farshore.capture.session.Unpublished;
import dev.farshore.capture.volume.VolumeHost;
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.config.NodeHttpConfig;
import dev.farshore.node.http.NodeHttp;
import dev.farshore.node.images.FaultyCopies;
import dev.farshore.node.images.SiteProgress;
import dev.farshore.process.config.HostPort;
import dev.farshore.schemas.clock.NodeCondition;
import dev.farshore.schemas.event.UnservedVolume;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/**
 * Collects what the node reports of itself: how it serves each volume, and its own condition. It is
 * asked before anything is served; {@link #serves} gives it the parts.
 *
 * <p>Threading: any thread asks; the one that starts the node says what serves.
 */
final class NodeReportSource implements ServingStatus {
    private final NodeConfig config;
    private final long maxImageBytes;

    /** Null before the node serves. */
    private volatile @Nullable Serving serving;

    private record Serving(
            Images images,
            SiteProgress sites,
            VolumeHost host,
            NbdServer nbd,
            @Nullable NodeHttp http) {}

    /**
     * @param maxImageBytes the longest image that the node can hold
     */
    NodeReportSource(NodeConfig config, long maxImageBytes) {
        this.config = config;
        this.maxImageBytes = maxImageBytes;
    }

    /** To be called once, before volumes are applied. */
    void serves(ApplySide apply, CaptureSide capture, NodeServers servers) {
        serving =
                new Serving(
                        apply.application().images(),
                        apply.sites(),
                        capture.host(),
                        servers.nbd(),
                        servers.http());
    }

    /** How the node is, for its reports of its clock. */
    NodeCondition condition() {
        Serving now = serving;
        return now == null
                ? new NodeCondition(List.of(), List.of(), maxImageBytes)
                : new NodeCondition(
                        FaultyCopies.of(now.images()),
                        now.host().troubles().entrySet().stream()
                                .map(at -> new UnservedVolume(at.getKey(), at.getValue()))
                                .toList(),
                        maxImageBytes,
                        now.images().activePartitions().stream().sorted().toList(),
                        now.images().hotPartitions().stream().sorted().toList());
    }

    @Override
    public String endpoint(String vvol) {
        Serving now = serving;
        return now == null
                ? ""
                : Endpoints.uri(
                        now.nbd().addresses(), config.servers().nbd().advertisedHost(), vvol);
    }

    @Override
    public String notServed(String vvol) {
        Serving now = serving;
        return now == null ? "" : now.host().notServed(vvol);
    }

    @Override
    public String journalLoss(String vvol) {
        Serving now = serving;
        return now == null ? "" : now.host().journalLoss(vvol);
    }

    @Override
    public int clients(String vvol) {
        Serving now = serving;
        return now == null ? 0 : now.host().clients(vvol);
    }

    @Override
    public String httpUrl() {
        Serving now = serving;
        NodeHttp http = now == null ? null : now.http();
        NodeHttpConfig listen = config.servers().http();
        if (http == null || listen == null) {
            return "";
        }
        String reachedAt =
                listen.isAnyAddress() ? config.servers().nbd().advertisedHost() : listen.host();
        return "http://" + HostPort.of(reachedAt, http.port());
    }

    @Override
    public long claimsOfOthers(String vvol) {
        Serving now = serving;
        return now == null ? 0 : now.sites().claimsOfOthers(vvol);
    }

    @Override
    public Throttle throttle(String vvol) {
        Serving now = serving;
        return now == null
                ? Throttle.NONE
                : now.host().throttled(vvol).map(NodeReportSource::throttle).orElse(Throttle.NONE);
    }

    private static Throttle throttle(VolumeHost.Throttled volume) {
        return new Throttle(
                volume.limit().bytesPerSecond(),
                volume.limit().writesPerSecond(),
                volume.rates().bytesPerSecond(),
                volume.rates().writesPerSecond(),
                volume.rates().heldWrites(),
                volume.rates().heldMicros());
    }

    @Override
    public Writing writing(String vvol) {
        Serving now = serving;
        if (now == null) {
            return Writing.NONE;
        }
        WriteTimes times = now.host().writeTimes(vvol);
        Optional<Unpublished> unpublished = now.host().unpublished(vvol);
        return new Writing(
                unpublished.map(Unpublished::events).orElse(-1L),
                unpublished.map(Unpublished::bytes).orElse(-1L),
                unpublished.map(Unpublished::ageMicros).orElse(0L),
                times.heldSinceMicros(),
                times.writableSinceMicros(),
                times.writableEpoch());
    }

    @Override
    public Seed seed(String vvol) {
        Serving now = serving;
        return now == null
                ? Seed.NONE
                : now.host()
                        .seed(vvol)
                        .map(seed -> new Seed(seed.doneBytes(), seed.totalBytes(), seed.problem()))
                        .orElse(Seed.NONE);
    }
}
