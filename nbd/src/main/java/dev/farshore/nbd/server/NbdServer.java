package dev.farshore.nbd.server;

import dev.farshore.nbd.Exports;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdListener;
import dev.farshore.nbd.transmission.ExportBudgets;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * An NBD server: serves {@link Exports} on any number of TCP and Unix sockets.
 *
 * <p>Threading: {@link #start} and {@link #close} once each; everything else from any thread.
 */
public final class NbdServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NbdServer.class);

    private final List<NbdListener> wanted;
    private final ServerContext context;
    private final List<Acceptor> acceptors = new ArrayList<>();

    public NbdServer(Exports exports, List<NbdListener> listeners, NbdLimits limits) {
        this(exports, listeners, limits, FileDescriptors.ofThisProcess());
    }

    NbdServer(
            Exports exports,
            List<NbdListener> listeners,
            NbdLimits limits,
            FileDescriptors descriptors) {
        this.wanted = List.copyOf(listeners);
        this.context =
                new ServerContext(
                        exports,
                        limits,
                        new ExportBudgets(limits),
                        new ReadAheadBuffers(),
                        new Connections(limits.connections()),
                        new NbdThreads(),
                        descriptors);
    }

    /**
     * Listens on every address, or on none.
     *
     * @throws IOException if an address can't be bound; it says which
     */
    public void start() throws IOException {
        try {
            for (NbdListener listener : wanted) {
                acceptors.add(Acceptor.bind(listener, context));
            }
        } catch (IOException e) {
            acceptors.forEach(Acceptor::close);
            throw e;
        }
        for (Acceptor acceptor : acceptors) {
            context.threads().start("nbd-accept " + acceptor.address(), acceptor);
            log.atInfo().addKeyValue("address", acceptor.address()).log("serving NBD");
        }
        context.threads().start("nbd-watch", context.connections()::watch);
    }

    /** The addresses bound, in the order of the listeners given. */
    public List<SocketAddress> addresses() {
        return acceptors.stream().map(Acceptor::address).toList();
    }

    /** Clients connected now. */
    public int connections() {
        return context.connections().count();
    }

    /** Bytes of payload in flight now. */
    public long payloadBytesInFlight() {
        return context.budgets().usedBytes();
    }

    /**
     * Accepts no more clients and no more requests, answers what is in flight for up to {@code
     * drainTime}, and hangs up. No client hears of an error: one that reconnects sees nothing.
     */
    @Override
    public void close() {
        acceptors.forEach(Acceptor::close);
        context.connections().close(context.limits().drainTime());
    }
}
