package dev.farshore.nbd.client;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.NbdProtocol;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection to an NBD export, with many requests in flight.
 *
 * <p>Every request has a callback and a future form. A request completes with null, with an {@link
 * NbdErrorException} (the server refused it), or with a {@link ConnectionLostException} (it may or
 * may not have been done). Buffers belong to the client until then; a READ fills its buffer from
 * position to limit.
 *
 * <p>Threading: any thread may send; one that finds all slots taken waits. Completions are called
 * on the connection's reader thread (or on the sender's, when the connection had ended) and must
 * not block: while one does, no other answer is read.
 */
public final class NbdClient implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NbdClient.class);

    public static final int DEFAULT_IN_FLIGHT = 128;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final NbdUri uri;
    private final SocketChannel channel;
    private final ExportInfo info;
    private final InFlight inFlight;
    private final Thread reader;

    /** Guards the sending side of the channel, {@link #header} and {@link #gathered}. */
    private final ReentrantLock sending = new ReentrantLock();

    private final ByteBuffer header = ByteBuffer.allocateDirect(NbdProtocol.REQUEST_BYTES);
    private final ByteBuffer[] gathered = {header, header};

    private NbdClient(NbdUri uri, SocketChannel channel, ExportInfo info, int slots) {
        this.uri = uri;
        this.channel = channel;
        this.info = info;
        inFlight = new InFlight(slots);
        reader =
                Thread.ofVirtual()
                        .name("nbd-client-" + uri.export())
                        .unstarted(this::receiveUntilTheEnd);
    }

    /**
     * Connects and negotiates.
     *
     * @param timeout for connecting and negotiating together
     * @throws NbdNegotiationException if the server would not serve the export
     */
    public static NbdClient connect(NbdUri uri, Duration timeout) throws IOException {
        return connect(uri, timeout, DEFAULT_IN_FLIGHT);
    }

    /**
     * The same with a number of requests that may be in flight.
     *
     * @param slots a sender that finds all taken waits
     */
    public static NbdClient connect(NbdUri uri, Duration timeout, int slots) throws IOException {
        SocketChannel channel = open(uri.address());
        Thread watch = closeAfter(channel, timeout);
        boolean connected = false;
        try {
            channel.connect(resolve(uri.address()));
            ExportInfo info = new ClientNegotiation(channel, uri.export()).run();
            watch.interrupt();
            watch.join();
            NbdClient client = new NbdClient(uri, channel, info, slots);
            client.reader.start();
            connected = true;
            return client;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while connecting to " + uri);
        } catch (ClosedByInterruptException e) {
            throw new InterruptedIOException("interrupted while connecting to " + uri);
        } catch (ClosedChannelException e) {
            throw new IOException(
                    "no answer from %s within %d ms".formatted(uri, timeout.toMillis()), e);
        } catch (NbdNegotiationException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException("cannot connect to %s: %s".formatted(uri, e.getMessage()), e);
        } finally {
            watch.interrupt();
            if (!connected) {
                channel.close();
            }
        }
    }

    public ExportInfo info() {
        return info;
    }

    /** False once the connection has ended, for whatever reason. */
    public boolean isConnected() {
        return inFlight.ended() == null;
    }

    public void read(long offset, ByteBuffer into, BlockDevice.Completion done) {
        send(new Command.Read(offset, into.remaining(), into), done);
    }

    public void write(long offset, ByteBuffer payload, boolean isFua, BlockDevice.Completion done) {
        send(new Command.Write(offset, payload.remaining(), payload, isFua), done);
    }

    /**
     * @param mayPunch whether the range may become a hole
     */
    public void writeZeroes(
            long offset,
            long length,
            boolean mayPunch,
            boolean isFua,
            BlockDevice.Completion done) {
        send(new Command.WriteZeroes(offset, length, mayPunch, isFua), done);
    }

    public void trim(long offset, long length, boolean isFua, BlockDevice.Completion done) {
        send(new Command.Trim(offset, length, isFua), done);
    }

    public void flush(BlockDevice.Completion done) {
        send(new Command.Flush(), done);
    }

    public CompletableFuture<Void> read(long offset, ByteBuffer into) {
        return promise(new Command.Read(offset, into.remaining(), into));
    }

    public CompletableFuture<Void> write(long offset, ByteBuffer payload, boolean isFua) {
        return promise(new Command.Write(offset, payload.remaining(), payload, isFua));
    }

    public CompletableFuture<Void> writeZeroes(
            long offset, long length, boolean mayPunch, boolean isFua) {
        return promise(new Command.WriteZeroes(offset, length, mayPunch, isFua));
    }

    public CompletableFuture<Void> trim(long offset, long length, boolean isFua) {
        return promise(new Command.Trim(offset, length, isFua));
    }

    public CompletableFuture<Void> flush() {
        return promise(new Command.Flush());
    }

    /** Waits for what is in flight, says goodbye (DISC), and closes. */
    @Override
    public void close() {
        if (isConnected() && inFlight.awaitEmpty(CLOSE_TIMEOUT.toNanos())) {
            sayGoodbye();
        }
        abort("closed by this client");
    }

    /** Ends the connection at once: what is in flight completes as lost. */
    public void abort(String reason) {
        lose(new ConnectionLostException("connection to %s %s".formatted(uri, reason), null));
    }

    private CompletableFuture<Void> promise(Command command) {
        CompletableFuture<Void> promise = new CompletableFuture<>();
        send(
                command,
                error -> {
                    if (error == null) {
                        promise.complete(null);
                    } else {
                        promise.completeExceptionally(error);
                    }
                });
        return promise;
    }

    private void send(Command command, BlockDevice.Completion done) {
        long cookie;
        try {
            cookie = inFlight.add(new InFlight.Pending(command, done));
        } catch (ConnectionLostException e) {
            done.complete(e);
            return;
        }
        sending.lock();
        try {
            header.clear();
            command.encode(cookie, header);
            header.flip();
            if (command instanceof Command.Write write) {
                gathered[1] = write.payload();
                while (write.payload().hasRemaining() || header.hasRemaining()) {
                    channel.write(gathered);
                }
            } else {
                writeHeader();
            }
        } catch (IOException e) {
            lose(
                    new ConnectionLostException(
                            "connection to %s lost: %s".formatted(uri, e.getMessage()), e));
        } finally {
            sending.unlock();
        }
    }

    private void sayGoodbye() {
        sending.lock();
        try {
            header.clear()
                    .putInt(NbdProtocol.REQUEST_MAGIC)
                    .putShort((short) 0)
                    .putShort((short) NbdProtocol.CMD_DISC)
                    .putLong(0)
                    .putLong(0)
                    .putInt(0)
                    .flip();
            writeHeader();
        } catch (IOException e) {
            log.atDebug().setCause(e).addKeyValue("uri", uri).log("no goodbye: already closed");
        } finally {
            sending.unlock();
        }
    }

    private void writeHeader() throws IOException {
        while (header.hasRemaining()) {
            channel.write(header);
        }
    }

    private void receiveUntilTheEnd() {
        try {
            lose(new ReplyReader(channel, inFlight).run(uri));
        } catch (RuntimeException | Error e) {
            // A completion that throws is a defect of its owner; the others must still hear.
            lose(new ConnectionLostException("a completion of %s failed: %s".formatted(uri, e), e));
            throw e;
        } finally {
            completeLost();
        }
    }

    /** Ends the connection; the reader notices, and completes what is in flight. */
    private void lose(ConnectionLostException why) {
        inFlight.end(why);
        try {
            channel.close();
        } catch (IOException e) {
            log.atDebug().setCause(e).addKeyValue("uri", uri).log("closing failed");
        }
    }

    /**
     * Only the reader does this, and only when no sender is busy any more: a buffer is its caller's
     * again once its request has completed, so nobody here may still be using it.
     */
    private void completeLost() {
        ConnectionLostException why = inFlight.ended();
        sending.lock();
        sending.unlock();
        for (InFlight.Pending request : inFlight.takeAll()) {
            request.done().complete(why);
        }
    }

    private static SocketChannel open(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress) {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        }
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    private static SocketAddress resolve(SocketAddress address) throws IOException {
        if (!(address instanceof InetSocketAddress tcp)) {
            return address;
        }
        InetSocketAddress resolved = new InetSocketAddress(tcp.getHostString(), tcp.getPort());
        if (resolved.isUnresolved()) {
            throw new UnknownHostException("unknown host " + tcp.getHostString());
        }
        return resolved;
    }

    private static Thread closeAfter(SocketChannel channel, Duration timeout) {
        return Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                Thread.sleep(timeout);
                                channel.close();
                            } catch (InterruptedException e) {
                                // Connected in time.
                            } catch (IOException e) {
                                log.atDebug().setCause(e).log("closing failed");
                            }
                        });
    }
}
