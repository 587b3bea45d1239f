package dev.farshore.nbd.server;

import dev.farshore.nbd.Exports;
import dev.farshore.nbd.TlsPolicy;
import dev.farshore.nbd.handshake.Agreement;
import dev.farshore.nbd.handshake.ServerNegotiation;
import dev.farshore.nbd.socket.ClientSocket;
import dev.farshore.nbd.socket.Inbound;
import dev.farshore.nbd.socket.ProtocolViolationException;
import dev.farshore.nbd.transmission.Transmission;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One client, from accept to close.
 *
 * <p>Threading: {@link #run} on the connection's own thread; everything else from anywhere.
 */
final class Connection implements Runnable, Exports.Client {
    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    private final ClientSocket socket;
    private final TlsPolicy tls;
    private final ServerContext context;
    private volatile @Nullable Transmission transmission;
    private volatile boolean shuttingDown;

    Connection(ClientSocket socket, TlsPolicy tls, ServerContext context) {
        this.socket = socket;
        this.tls = tls;
        this.context = context;
    }

    @Override
    public void run() {
        ByteBuffer readAhead = context.readAheadBuffers().take();
        try (socket) {
            serve(new Inbound(socket, readAhead));
        } catch (ProtocolViolationException e) {
            log.atWarn()
                    .addKeyValue("client", address())
                    .addKeyValue("reason", e.getMessage())
                    .log("closed a connection: the client broke the protocol");
        } catch (IOException e) {
            log.atDebug()
                    .addKeyValue("client", address())
                    .addKeyValue("reason", e.toString())
                    .log("a connection was lost");
        } catch (RuntimeException | Error e) {
            log.atError()
                    .addKeyValue("client", address())
                    .setCause(e)
                    .log("closed a connection: it ran into a defect");
        } finally {
            context.readAheadBuffers().release(readAhead);
            context.connections().remove(this);
        }
    }

    private void serve(Inbound inbound) throws IOException {
        Agreement agreement =
                new ServerNegotiation(
                                context.exports(),
                                this,
                                socket,
                                inbound,
                                context.limits(),
                                tls,
                                () -> shuttingDown)
                        .run();
        socket.clearHandshakeDeadline();
        if (agreement != null) {
            transmit(agreement, inbound);
        }
        socket.closeOrderly(context.limits().stallTime());
    }

    private void transmit(Agreement agreement, Inbound inbound) throws IOException {
        log.atInfo()
                .addKeyValue("client", address())
                .addKeyValue("export", agreement.export())
                .log("a client has connected");
        Transmission current =
                new Transmission(
                        agreement,
                        socket,
                        inbound,
                        context.limits(),
                        context.budgets().open(agreement.export()),
                        context.threads());
        try {
            transmission = current;
            if (shuttingDown) {
                current.stop();
            }
            context.threads().start("nbd-writer " + address(), current::runWriter);
            boolean asked = false;
            try {
                current.run();
                asked = true;
            } finally {
                if (!asked && !shuttingDown) {
                    // Nobody waits for replies any more; those who write them should not either.
                    socket.close();
                }
                current.drain();
            }
        } finally {
            context.budgets().close(agreement.export());
            agreement.device().close();
            log.atInfo()
                    .addKeyValue("client", address())
                    .addKeyValue("export", agreement.export())
                    .log("a client has gone");
        }
    }

    @Override
    public String address() {
        return socket.address();
    }

    @Override
    public boolean isOnThisHost() {
        return socket.isUnix();
    }

    @Override
    public void disconnect(String reason) {
        log.atInfo()
                .addKeyValue("client", address())
                .addKeyValue("reason", reason)
                .log("closing a connection");
        socket.close();
    }

    /**
     * Takes no more requests; what is in flight is answered, and the connection closed. What the
     * client has sent beyond that gets no answer, so that the client sends it again when it has
     * reconnected; an error would reach the guest. A client that still negotiates is told.
     */
    void shutDown() {
        shuttingDown = true;
        Transmission current = transmission;
        if (current != null) {
            current.stop();
        }
    }

    boolean isIdle() {
        Transmission current = transmission;
        return current == null || current.isIdle();
    }

    boolean isOverdue(long nowNanos) {
        return socket.isOverdue(nowNanos);
    }
}
