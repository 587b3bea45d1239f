package dev.farshore.node;

import dev.farshore.apply.site.SiteApplication;
import dev.farshore.capture.export.SiteExports;
import dev.farshore.capture.read.kafka.WriteLogs;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdListener;
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.config.NodeHttpConfig;
import dev.farshore.node.http.NodeHttp;
import dev.farshore.node.images.NodeBlocks;
import dev.farshore.node.images.NodeLogIndex;
import dev.farshore.node.images.NodeVolumes;
import dev.farshore.node.metrics.NodeCollectors;
import dev.farshore.node.query.BlockQueries;
import dev.farshore.process.http.KnownHosts;
import dev.farshore.schemas.clock.Clocks;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.stream.Stream;

/** What clients of a node talk to: the NBD server and, if configured, the HTTP server. */
final class NodeServers {
    private final NodeConfig config;
    private final NbdServer nbd;
    private final @Nullable NodeHttp http;

    NodeServers(NodeSetup setup, ApplySide apply, CaptureSide capture, Clocks clocks) {
        config = setup.config();
        SiteExports exports = exports(setup, apply, capture, clocks);
        nbd =
                setup.owned()
                        .add(
                                new NbdServer(
                                        exports,
                                        config.servers().nbd().listeners().stream()
                                                .map(at -> new NbdListener(at.address(), at.tls()))
                                                .toList(),
                                        NbdLimits.defaults()));
        NodeHttpConfig listen = config.servers().http();
        http = listen == null ? null : setup.owned().add(http(listen, setup, apply, capture));
    }

    private static SiteExports exports(
            NodeSetup setup, ApplySide apply, CaptureSide capture, Clocks clocks) {
        NodeConfig config = setup.config();
        SiteApplication application = apply.application();
        WriteLogs logs =
                setup.owned()
                        .add(
                                new WriteLogs(
                                        config.connection().kafka().clientProperties(),
                                        config.servers().latest().cacheBytes()));
        return new SiteExports(
                capture.host(),
                new SiteExports.SiteContext(
                        config.site(),
                        new NodeVolumes(
                                application.images(),
                                application.index(),
                                setup.topics().specs(),
                                clocks,
                                setup.clock()),
                        apply.images(),
                        new NodeLogIndex(application.index()),
                        logs,
                        setup.topics().serdes().writeEventCodec(),
                        config.servers().latest().patience(),
                        capture.guests()));
    }

    private static NodeHttp http(
            NodeHttpConfig listen, NodeSetup setup, ApplySide apply, CaptureSide capture) {
        NodeConfig config = setup.config();
        NodeCollectors.addTo(
                setup.metrics(),
                config.site(),
                config.node(),
                capture.host(),
                capture.published(),
                apply.application());
        NodeBlocks blocks =
                new NodeBlocks(
                        config.site(),
                        config.node(),
                        setup.topics().specs(),
                        apply.progress(),
                        apply.application());
        return new NodeHttp(
                KnownHosts.with(
                        Stream.concat(
                                        listen.allowedHosts().stream(),
                                        Stream.of(config.servers().nbd().advertisedHost()))
                                .toList()),
                capture.host(),
                apply.application(),
                setup.metrics(),
                setup.topics().cluster(),
                new BlockQueries(blocks)::addTo);
    }

    void start() throws IOException {
        nbd.start();
        NodeHttpConfig listen = config.servers().http();
        if (http != null && listen != null) {
            http.start(listen.host(), listen.port());
        }
    }

    NbdServer nbd() {
        return nbd;
    }

    /** Null if none is configured. */
    @Nullable NodeHttp http() {
        return http;
    }
}
