package dev.farshore.nbd.handshake;

import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdProtocol;
import dev.farshore.nbd.socket.ClientSocket;
import dev.farshore.nbd.socket.Inbound;
import dev.farshore.nbd.socket.ProtocolViolationException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * Options in, replies to them out. Threading: the connection's reader. Time is limited by the
 * socket's handshake deadline, which every option renews, up to the end of the negotiation's time.
 */
final class OptionChannel {
    /** Longer than any option that means something. */
    private static final int MAX_OPTION_BYTES = 64 << 10;

    /** Longer data than this is not even skipped. */
    private static final int MAX_SKIPPED_BYTES = 32 << 20;

    private final ClientSocket socket;
    private final Inbound inbound;
    private final Duration time;
    private final long endNanos;
    private final ByteBuffer out = ByteBuffer.allocateDirect(MAX_OPTION_BYTES);

    OptionChannel(ClientSocket socket, Inbound inbound, NbdLimits limits) {
        this.socket = socket;
        this.inbound = inbound;
        this.time = limits.handshakeTime();
        this.endNanos = System.nanoTime() + limits.negotiationTime().toNanos();
    }

    private void renewDeadline() {
        Duration left = Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
        socket.setHandshakeDeadline(left.compareTo(time) < 0 ? left : time);
    }

    /** Sends the greeting. */
    void greet() throws IOException {
        renewDeadline();
        out.putLong(NbdProtocol.INIT_PASSWD_MAGIC);
        out.putLong(NbdProtocol.OPTION_MAGIC);
        out.putShort((short) (NbdProtocol.FLAG_FIXED_NEWSTYLE | NbdProtocol.FLAG_NO_ZEROES));
        flush();
    }

    /**
     * @return the client's flags; null if it has left
     */
    @Nullable Integer readClientFlags() throws IOException {
        ByteBuffer in = inbound.nextMessage(NbdProtocol.CLIENT_FLAGS_BYTES, time);
        return in == null ? null : in.getInt();
    }

    /**
     * The next option with its data. One of absurd length is answered here and not returned; it is
     * never held in memory.
     *
     * @return null if the client has left
     */
    @Nullable Option next() throws IOException {
        while (true) {
            renewDeadline();
            ByteBuffer in = inbound.nextMessage(NbdProtocol.OPTION_HEADER_BYTES, time);
            if (in == null) {
                return null;
            }
            long magic = in.getLong();
            if (magic != NbdProtocol.OPTION_MAGIC) {
                throw new ProtocolViolationException(
                        "an option starts with 0x" + Long.toHexString(magic));
            }
            int number = in.getInt();
            long length = Integer.toUnsignedLong(in.getInt());
            if (length <= MAX_OPTION_BYTES) {
                ByteBuffer data = inbound.require((int) length, time);
                Option option = new Option(number, data.slice(data.position(), (int) length));
                data.position(data.position() + (int) length);
                // Opening an export may take most of what the client had for the option.
                renewDeadline();
                return option;
            }
            if (length > MAX_SKIPPED_BYTES || number == NbdProtocol.OPT_EXPORT_NAME) {
                throw new ProtocolViolationException(
                        "option " + number + " with " + length + " bytes of data");
            }
            inbound.skip(length, time);
            replyError(number, NbdProtocol.REP_ERR_TOO_BIG, length + " bytes are too many");
        }
    }

    void replyAck(int option) throws IOException {
        putHeader(option, NbdProtocol.REP_ACK, 0);
        flush();
    }

    /** The final reply to an option that is refused. */
    void replyError(int option, int error, String text) throws IOException {
        byte[] bytes = utf8(text);
        putHeader(option, error, bytes.length).put(bytes);
        flush();
    }

    /** Begins a reply that others follow, for its data to be put into the buffer returned. */
    ByteBuffer startReply(int option, int type, int dataBytes) throws IOException {
        if (out.remaining() < NbdProtocol.OPTION_REPLY_HEADER_BYTES + dataBytes) {
            flush();
        }
        return putHeader(option, type, dataBytes);
    }

    /** The buffer replies are put in, for what has no reply header; send it with {@link #flush}. */
    ByteBuffer raw() {
        return out;
    }

    private ByteBuffer putHeader(int option, int type, int dataBytes) {
        return out.putLong(NbdProtocol.OPTION_REPLY_MAGIC)
                .putInt(option)
                .putInt(type)
                .putInt(dataBytes);
    }

    void flush() throws IOException {
        out.flip();
        try {
            socket.writeFully(out);
        } finally {
            out.clear();
        }
    }

    /** A string cut to what the protocol allows, so that none spoils the reply. */
    static byte[] utf8(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= NbdProtocol.MAX_STRING_BYTES
                ? bytes
                : Arrays.copyOf(bytes, NbdProtocol.MAX_STRING_BYTES);
    }
}
