package dev.farshore.nbd.client;

import dev.farshore.nbd.NbdProtocol;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Reads the server's simple replies and completes the requests they belong to, until the connection
 * ends. Runs on one thread of its own.
 */
final class ReplyReader {
    private static final int BUFFER_BYTES = 64 << 10;

    private final SocketChannel channel;
    private final InFlight inFlight;

    /** Bytes received and not yet used, from position to limit. */
    private final ByteBuffer received = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();

    ReplyReader(SocketChannel channel, InFlight inFlight) {
        this.channel = channel;
        this.inFlight = inFlight;
    }

    /** Returns how the connection ended. */
    ConnectionLostException run(NbdUri uri) {
        try {
            while (true) {
                readReply();
            }
        } catch (IOException e) {
            return new ConnectionLostException(
                    "connection to %s lost: %s".formatted(uri, e.getMessage()), e);
        }
    }

    private void readReply() throws IOException {
        require(NbdProtocol.SIMPLE_REPLY_BYTES);
        int magic = received.getInt();
        int error = received.getInt();
        long cookie = received.getLong();
        if (magic != NbdProtocol.SIMPLE_REPLY_MAGIC) {
            throw new IOException("a reply begins with 0x%08x".formatted(magic));
        }
        InFlight.Pending request = inFlight.find(cookie);
        if (request == null) {
            throw new IOException("a reply to no request in flight (0x%x)".formatted(cookie));
        }
        if (error == NbdProtocol.OK && request.command() instanceof Command.Read read) {
            fill(read.into());
        }
        inFlight.remove(cookie);
        request.done()
                .complete(
                        error == NbdProtocol.OK
                                ? null
                                : new NbdErrorException(request.command().describe(), error));
    }

    private void require(int bytes) throws IOException {
        if (received.remaining() >= bytes) {
            return;
        }
        received.compact();
        try {
            while (received.position() < bytes) {
                receive(received);
            }
        } finally {
            received.flip();
        }
    }

    /** Takes what is buffered, then reads the rest straight into the caller's buffer. */
    private void fill(ByteBuffer into) throws IOException {
        int buffered = Math.min(received.remaining(), into.remaining());
        into.put(into.position(), received, received.position(), buffered);
        into.position(into.position() + buffered);
        received.position(received.position() + buffered);
        while (into.hasRemaining()) {
            receive(into);
        }
    }

    private void receive(ByteBuffer into) throws IOException {
        if (channel.read(into) < 0) {
            throw new EOFException("the server closed it");
        }
    }
}
