package dev.farshore.nbd.client;

import dev.farshore.nbd.NbdProtocol;
import dev.farshore.nbd.client.NbdNegotiationException.Kind;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The client's side of the fixed newstyle handshake, ending with GO. Blocking; one thread. */
final class ClientNegotiation {
    /** What a server that gives no block sizes may be expected to take. */
    private static final int DEFAULT_MINIMUM_BLOCK_BYTES = 1;

    private static final int DEFAULT_PREFERRED_BLOCK_BYTES = 4096;
    private static final long DEFAULT_MAXIMUM_PAYLOAD_BYTES = 32L << 20;

    /** Longest option reply taken: no reply to GO comes near it. */
    private static final int MAX_REPLY_BYTES = 64 << 10;

    private final SocketChannel channel;
    private final String export;

    private long sizeBytes = -1;
    private int flags;
    private int minimumBlockBytes = DEFAULT_MINIMUM_BLOCK_BYTES;
    private int preferredBlockBytes = DEFAULT_PREFERRED_BLOCK_BYTES;
    private long maximumPayloadBytes = DEFAULT_MAXIMUM_PAYLOAD_BYTES;

    ClientNegotiation(SocketChannel channel, String export) {
        this.channel = channel;
        this.export = export;
    }

    ExportInfo run() throws IOException {
        int serverFlags = greeting();
        int clientFlags = NbdProtocol.FLAG_C_FIXED_NEWSTYLE;
        if ((serverFlags & NbdProtocol.FLAG_NO_ZEROES) != 0) {
            clientFlags |= NbdProtocol.FLAG_C_NO_ZEROES;
        }
        send(ByteBuffer.allocate(NbdProtocol.CLIENT_FLAGS_BYTES).putInt(clientFlags).flip());
        send(goOption());
        while (!readReply()) {
            // Each information item is a reply of its own; the acknowledgement ends them.
        }
        if (sizeBytes < 0) {
            throw protocol("no size was given for export '%s'".formatted(export));
        }
        return new ExportInfo(
                sizeBytes, flags, minimumBlockBytes, preferredBlockBytes, maximumPayloadBytes);
    }

    private int greeting() throws IOException {
        ByteBuffer greeting = receive(NbdProtocol.GREETING_BYTES);
        if (greeting.getLong() != NbdProtocol.INIT_PASSWD_MAGIC
                || greeting.getLong() != NbdProtocol.OPTION_MAGIC) {
            throw protocol("the server does not greet with newstyle negotiation");
        }
        int serverFlags = Short.toUnsignedInt(greeting.getShort());
        if ((serverFlags & NbdProtocol.FLAG_FIXED_NEWSTYLE) == 0) {
            throw protocol("the server does not offer fixed newstyle negotiation");
        }
        return serverFlags;
    }

    private ByteBuffer goOption() {
        byte[] name = export.getBytes(StandardCharsets.UTF_8);
        int bytes = Integer.BYTES + name.length + 2 * Short.BYTES;
        return ByteBuffer.allocate(NbdProtocol.OPTION_HEADER_BYTES + bytes)
                .putLong(NbdProtocol.OPTION_MAGIC)
                .putInt(NbdProtocol.OPT_GO)
                .putInt(bytes)
                .putInt(name.length)
                .put(name)
                .putShort((short) 1)
                .putShort((short) NbdProtocol.INFO_BLOCK_SIZE)
                .flip();
    }

    /** Returns true when it was the last one. */
    private boolean readReply() throws IOException {
        ByteBuffer header = receive(NbdProtocol.OPTION_REPLY_HEADER_BYTES);
        if (header.getLong() != NbdProtocol.OPTION_REPLY_MAGIC
                || header.getInt() != NbdProtocol.OPT_GO) {
            throw protocol("the answer to GO does not begin as the protocol says");
        }
        int type = header.getInt();
        int length = header.getInt();
        if (length < 0 || length > MAX_REPLY_BYTES) {
            throw protocol(
                    "an answer to GO claims %d bytes".formatted(Integer.toUnsignedLong(length)));
        }
        ByteBuffer payload = receive(length);
        switch (type) {
            case NbdProtocol.REP_ACK -> {
                return true;
            }
            case NbdProtocol.REP_INFO -> readInfo(payload);
            default -> {
                if (type < 0) {
                    throw refused(type, StandardCharsets.UTF_8.decode(payload).toString());
                }
            }
        }
        return false;
    }

    private void readInfo(ByteBuffer info) throws IOException {
        if (info.remaining() < Short.BYTES) {
            throw protocol("an information item without its type");
        }
        switch (info.getShort()) {
            case NbdProtocol.INFO_EXPORT -> {
                requireLength(info, NbdProtocol.INFO_EXPORT_BYTES);
                sizeBytes = info.getLong();
                flags = Short.toUnsignedInt(info.getShort());
            }
            case NbdProtocol.INFO_BLOCK_SIZE -> {
                requireLength(info, NbdProtocol.INFO_BLOCK_SIZE_BYTES);
                minimumBlockBytes = info.getInt();
                preferredBlockBytes = info.getInt();
                maximumPayloadBytes = Integer.toUnsignedLong(info.getInt());
            }
            default -> {
                // Other items may be sent unasked and mean nothing to this client.
            }
        }
    }

    private static void requireLength(ByteBuffer info, int bytes) throws IOException {
        if (info.remaining() != bytes) {
            throw protocol(
                    "an information item of %d bytes instead of %d"
                            .formatted(info.remaining(), bytes));
        }
    }

    private NbdNegotiationException refused(int type, String text) {
        Kind kind =
                switch (type) {
                    case NbdProtocol.REP_ERR_UNKNOWN, NbdProtocol.REP_ERR_SHUTDOWN ->
                            Kind.UNAVAILABLE;
                    default -> Kind.REFUSED;
                };
        return new NbdNegotiationException(
                kind,
                "export '%s': the server answered GO with error %d%s"
                        .formatted(
                                export,
                                type & Integer.MAX_VALUE,
                                text.isEmpty() ? "" : " (" + text + ")"));
    }

    private static NbdNegotiationException protocol(String message) {
        return new NbdNegotiationException(Kind.PROTOCOL, message);
    }

    private void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private ByteBuffer receive(int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException("the server closed the connection during negotiation");
            }
        }
        return bytes.flip();
    }
}
