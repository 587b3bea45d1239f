package dev.farshore.node;

import dev.farshore.apply.topology.ServingStatus;
import dev.farshore.capture.volume.Unpublished;
import dev.farshore.capture.volume.VolumeHost;
import dev.farshore.capture.volume.WriteTimes;
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.http.NodeHttp;
import dev.farshore.process.config.HostPort;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * What clients meet at a node, for its progress reports. The streams application asks from its
 * start on, and what is to answer starts later, a part at a time: a part that does not serve yet is
 * one that has nothing to tell.
 *
 * <p>Threading: any thread asks; the one that starts the node says what serves.
 */
final class NodeFront implements ServingStatus {
    private final NodeConfig config;
    private volatile @Nullable NbdServer nbd;
    private volatile @Nullable VolumeHost host;
    private volatile @Nullable NodeHttp http;
    private volatile @Nullable SiteProgress siteProgress;

    NodeFront(NodeConfig config) {
        this.config = config;
    }

    void serves(NbdServer started) {
        nbd = started;
    }

    void serves(VolumeHost started) {
        host = started;
    }

    void serves(NodeHttp started) {
        http = started;
    }

    void serves(SiteProgress started) {
        siteProgress = started;
    }

    @Override
    public String endpoint(String vvol) {
        NbdServer serving = nbd;
        return serving == null
                ? ""
                : Endpoints.uri(serving.addresses(), config.nbd().advertisedHost(), vvol);
    }

    @Override
    public String notServed(String vvol) {
        VolumeHost hosting = host;
        return hosting == null ? "" : hosting.notServed(vvol);
    }

    /** Why volumes can't be written that this node should take writes of, by name. */
    SortedMap<String, String> troubles() {
        VolumeHost hosting = host;
        return hosting == null ? Collections.emptySortedMap() : hosting.troubles();
    }

    @Override
    public String journalLoss(String vvol) {
        VolumeHost hosting = host;
        return hosting == null ? "" : hosting.journalLoss(vvol);
    }

    @Override
    public int clients(String vvol) {
        VolumeHost hosting = host;
        return hosting == null ? 0 : hosting.clients(vvol);
    }

    @Override
    public String httpUrl() {
        NodeHttp serving = http;
        NodeConfig.Http listen = config.http();
        if (serving == null || listen == null) {
            return "";
        }
        String reachedAt = listen.isAnyAddress() ? config.nbd().advertisedHost() : listen.host();
        return "http://" + HostPort.of(reachedAt, serving.port());
    }

    /** The port of the HTTP server; empty if there is none. */
    OptionalInt httpPort() {
        NodeHttp serving = http;
        return serving == null ? OptionalInt.empty() : OptionalInt.of(serving.port());
    }

    @Override
    public long claimsOfOthers(String vvol) {
        SiteProgress sites = siteProgress;
        return sites == null ? 0 : sites.claimsOfOthers(vvol);
    }

    @Override
    public Throttle throttle(String vvol) {
        VolumeHost hosting = host;
        return hosting == null
                ? Throttle.NONE
                : hosting.throttled(vvol).map(NodeFront::throttle).orElse(Throttle.NONE);
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
        VolumeHost hosting = host;
        if (hosting == null) {
            return Writing.NONE;
        }
        WriteTimes times = hosting.writeTimes(vvol);
        Optional<Unpublished> unpublished = hosting.unpublished(vvol);
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
        VolumeHost hosting = host;
        return hosting == null
                ? Seed.NONE
                : hosting.seed(vvol)
                        .map(seed -> new Seed(seed.doneBytes(), seed.totalBytes(), seed.problem()))
                        .orElse(Seed.NONE);
    }
}
