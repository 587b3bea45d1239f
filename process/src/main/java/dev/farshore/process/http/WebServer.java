package dev.farshore.process.http;

import dev.farshore.process.config.HostPort;
import dev.farshore.schemas.failure.Reason;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.util.JavalinException;

import java.util.function.Consumer;

/**
 * Makes the HTTP servers of coordinator and nodes: virtual threads, {@link RequestGuard}, {@link
 * RepeatedRequests}, and problem details after RFC 9457 for every error.
 */
public final class WebServer {
    private static final long MAX_REQUEST_BYTES = 64 << 10;

    private WebServer() {}

    /**
     * A server that does not listen yet.
     *
     * @param routes adds what is answered
     */
    public static Javalin create(KnownHosts hosts, Consumer<RoutesConfig> routes) {
        return Javalin.create(config -> configure(config, hosts, routes));
    }

    /**
     * Begins to listen.
     *
     * @param port 0 for any free one
     * @throws CannotListenException if the address can't be listened on
     */
    public static void start(Javalin server, String host, int port) {
        try {
            server.start(host, port);
        } catch (JavalinException e) {
            Throwable first = e;
            while (first.getCause() != null) {
                first = first.getCause();
            }
            throw new CannotListenException(
                    "can't serve HTTP on %s: %s"
                            .formatted(HostPort.of(host, port), Reason.of(first)),
                    first);
        }
    }

    private static void configure(
            JavalinConfig config, KnownHosts hosts, Consumer<RoutesConfig> routes) {
        config.concurrency.useVirtualThreads = true;
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.maxRequestSize = MAX_REQUEST_BYTES;
        Problems problems = new Problems(Json.mapper());
        config.jetty.modifyServer(
                server -> server.setErrorHandler(new UnreadableRequests(Json.mapper())));
        RequestGuard guard = new RequestGuard(hosts);
        config.routes.before(
                request -> {
                    request.header("X-Content-Type-Options", "nosniff");
                    request.header("X-Frame-Options", "DENY");
                    guard.check(request);
                });
        RepeatedRequests repeated = new RepeatedRequests(System::nanoTime);
        config.routes.before(repeated::before);
        config.routes.after(repeated::after);
        problems.handleAll(config.routes);
        routes.accept(config.routes);
    }
}
