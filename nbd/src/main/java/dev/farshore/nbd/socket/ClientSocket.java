package dev.farshore.nbd.socket;

import dev.farshore.nbd.TlsPolicy;

import org.jspecify.annotations.Nullable;

import tlschannel.ServerTlsChannel;
import tlschannel.TlsChannel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import javax.net.ssl.SSLEngine;

/**
 * A connected client: blocking reads and writes with deadlines.
 *
 * <p>A blocking channel knows no timeouts, so each direction notes by when it wants to be done, and
 * the server's watchdog asks {@link #isOverdue} and closes.
 *
 * <p>Threading: one reader and one writer at a time; {@link #close}, {@link #isOverdue} from
 * anywhere.
 */
public final class ClientSocket implements AutoCloseable {
    private static final long NO_DEADLINE = Long.MAX_VALUE;

    private final SocketChannel channel;
    private final String address;
    private final boolean isUnix;
    private ScatteringByteChannel in;
    private GatheringByteChannel out;
    private @Nullable TlsChannel tls;
    private volatile long handshakeDeadlineNanos = NO_DEADLINE;
    private volatile long readDeadlineNanos = NO_DEADLINE;
    private volatile long writeDeadlineNanos = NO_DEADLINE;

    public ClientSocket(SocketChannel channel) throws IOException {
        this.channel = channel;
        if (channel.getRemoteAddress() instanceof InetSocketAddress remote) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            // An idle client is silent for days: only this notices that its host is gone.
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            this.isUnix = false;
            this.address = remote.getAddress().getHostAddress() + ":" + remote.getPort();
        } else {
            this.isUnix = true;
            this.address = "unix:" + channel.getLocalAddress();
        }
        this.in = channel;
        this.out = channel;
    }

    /** The peer's address, or for a Unix socket its path. */
    public String address() {
        return address;
    }

    /** Whether the peer is on this host, as it came by a Unix socket. */
    public boolean isUnix() {
        return isUnix;
    }

    public int read(ByteBuffer into) throws IOException {
        return in.read(into);
    }

    public long read(ByteBuffer[] into) throws IOException {
        return in.read(into);
    }

    public void writeFully(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            out.write(source);
        }
    }

    /** Writes the first {@code count} buffers, with as few system calls as the socket allows. */
    public void writeFully(ByteBuffer[] sources, int count) throws IOException {
        int next = 0;
        while (true) {
            while (next < count && !sources[next].hasRemaining()) {
                next++;
            }
            if (next == count) {
                return;
            }
            out.write(sources, next, count - next);
        }
    }

    public void setHandshakeDeadline(Duration time) {
        handshakeDeadlineNanos = System.nanoTime() + time.toNanos();
    }

    public void clearHandshakeDeadline() {
        handshakeDeadlineNanos = NO_DEADLINE;
    }

    /** From now on reading has to be done within {@code time}, until cleared. */
    public void setReadDeadline(Duration time) {
        readDeadlineNanos = System.nanoTime() + time.toNanos();
    }

    public void clearReadDeadline() {
        readDeadlineNanos = NO_DEADLINE;
    }

    public void setWriteDeadline(Duration time) {
        writeDeadlineNanos = System.nanoTime() + time.toNanos();
    }

    public void clearWriteDeadline() {
        writeDeadlineNanos = NO_DEADLINE;
    }

    public boolean isOverdue(long nowNanos) {
        return isPast(handshakeDeadlineNanos, nowNanos)
                || isPast(readDeadlineNanos, nowNanos)
                || isPast(writeDeadlineNanos, nowNanos);
    }

    private static boolean isPast(long deadlineNanos, long nowNanos) {
        return deadlineNanos != NO_DEADLINE && nowNanos - deadlineNanos > 0;
    }

    /**
     * Goes on under TLS; nothing may have been read beyond the point where it starts.
     *
     * @throws IOException if the client shows no certificate that is asked for, or can't agree
     */
    public void startTls(TlsPolicy.Credentials credentials) throws IOException {
        TlsChannel secured =
                ServerTlsChannel.newBuilder(channel, credentials.context())
                        .withEngineFactory(
                                context -> {
                                    SSLEngine engine = context.createSSLEngine();
                                    engine.setUseClientMode(false);
                                    engine.setNeedClientAuth(
                                            credentials.clientCertificateRequired());
                                    return engine;
                                })
                        .build();
        secured.handshake();
        tls = secured;
        in = secured;
        out = secured;
    }

    public boolean isSecured() {
        return tls != null;
    }

    /** Closes as the protocol has it: tells TLS first, and waits for that at most so long. */
    public void closeOrderly(Duration time) {
        TlsChannel secured = tls;
        if (secured != null) {
            setWriteDeadline(time);
            try {
                secured.shutdown();
            } catch (IOException e) {
                // The client did not wait for it.
            }
        }
        close();
    }

    /** Reads nothing more, as if the client had closed its side; replies can still be written. */
    public void endInput() {
        try {
            channel.shutdownInput();
        } catch (IOException e) {
            // Closed, or never connected: there is nothing to read either way.
        }
    }

    /** Ends whatever blocks in here; does not block. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone either way, and there is nobody left to tell.
        }
    }
}
