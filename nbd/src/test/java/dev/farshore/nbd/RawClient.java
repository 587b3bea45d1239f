package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client that says exactly what a test tells it to, right or wrong. */
final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    final Socket socket = new Socket();
    final DataInputStream in;
    final DataOutputStream out;

    /** A reply to an option. */
    record OptionReply(int option, int type, byte[] data) {
        String text() {
            return new String(data, StandardCharsets.UTF_8);
        }

        ByteBuffer bytes() {
            return ByteBuffer.wrap(data);
        }
    }

    /** A simple reply, without the data that may follow. */
    record SimpleReply(int error, long cookie) {}

    /** A chunk of a structured or extended reply. */
    record Chunk(boolean done, int type, long cookie, byte[] payload) {
        int error() {
            return ByteBuffer.wrap(payload).getInt();
        }

        String errorText() {
            int length = ByteBuffer.wrap(payload).getShort(4);
            return new String(payload, 6, length, StandardCharsets.UTF_8);
        }
    }

    RawClient(SocketAddress address) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect((InetSocketAddress) address);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
    }

    /** Reads the greeting and sets the flags every client of today sets. */
    RawClient greet() throws IOException {
        return greet(FLAG_C_FIXED_NEWSTYLE | FLAG_C_NO_ZEROES);
    }

    RawClient greet(int clientFlags) throws IOException {
        if (in.readLong() != INIT_PASSWD_MAGIC || in.readLong() != OPTION_MAGIC) {
            throw new IOException("no greeting");
        }
        in.readShort();
        out.writeInt(clientFlags);
        out.flush();
        return this;
    }

    RawClient option(int option, byte[] data) throws IOException {
        out.writeLong(OPTION_MAGIC);
        out.writeInt(option);
        out.writeInt(data.length);
        out.write(data);
        out.flush();
        return this;
    }

    RawClient option(int option) throws IOException {
        return option(option, new byte[0]);
    }

    OptionReply reply() throws IOException {
        if (in.readLong() != OPTION_REPLY_MAGIC) {
            throw new IOException("no reply to an option");
        }
        int option = in.readInt();
        int type = in.readInt();
        return new OptionReply(option, type, in.readNBytes(in.readInt()));
    }

    /** Skips replies up to the last one of an option. */
    OptionReply finalReply() throws IOException {
        OptionReply reply = reply();
        while (reply.type() == REP_INFO
                || reply.type() == REP_SERVER
                || reply.type() == REP_META_CONTEXT) {
            reply = reply();
        }
        return reply;
    }

    /** The data of INFO and GO. */
    static byte[] exportRequest(String name, int... infos) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(6 + bytes.length + 2 * infos.length);
        data.putInt(bytes.length).put(bytes).putShort((short) infos.length);
        for (int info : infos) {
            data.putShort((short) info);
        }
        return data.array();
    }

    /** The data of LIST_META_CONTEXT and SET_META_CONTEXT. */
    static byte[] contextRequest(String name, String... queries) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(1 << 16);
        data.putInt(bytes.length).put(bytes).putInt(queries.length);
        for (String query : queries) {
            byte[] text = query.getBytes(StandardCharsets.UTF_8);
            data.putInt(text.length).put(text);
        }
        return java.util.Arrays.copyOf(data.array(), data.position());
    }

    /** As clients of today do it: they ask for the block sizes, and abide by them. */
    RawClient go(String export) throws IOException {
        return go(exportRequest(export, INFO_BLOCK_SIZE));
    }

    /** As one that knows of no block sizes. */
    RawClient goWithoutBlockSizes(String export) throws IOException {
        return go(exportRequest(export));
    }

    private RawClient go(byte[] request) throws IOException {
        option(OPT_GO, request);
        OptionReply last = finalReply();
        if (last.type() != REP_ACK) {
            throw new IOException("GO failed: " + last.text());
        }
        return this;
    }

    RawClient agree(int option) throws IOException {
        option(option);
        if (finalReply().type() != REP_ACK) {
            throw new IOException("option " + option + " failed");
        }
        return this;
    }

    RawClient select(String export, String... contexts) throws IOException {
        option(OPT_SET_META_CONTEXT, contextRequest(export, contexts));
        if (finalReply().type() != REP_ACK) {
            throw new IOException("can't select contexts");
        }
        return this;
    }

    RawClient request(int command, int flags, long cookie, long offset, int length)
            throws IOException {
        out.writeInt(REQUEST_MAGIC);
        out.writeShort(flags);
        out.writeShort(command);
        out.writeLong(cookie);
        out.writeLong(offset);
        out.writeInt(length);
        return this;
    }

    RawClient extendedRequest(int command, int flags, long cookie, long offset, long length)
            throws IOException {
        out.writeInt(EXTENDED_REQUEST_MAGIC);
        out.writeShort(flags);
        out.writeShort(command);
        out.writeLong(cookie);
        out.writeLong(offset);
        out.writeLong(length);
        return this;
    }

    RawClient payload(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    RawClient send() throws IOException {
        out.flush();
        return this;
    }

    SimpleReply simpleReply() throws IOException {
        int magic = in.readInt();
        if (magic != SIMPLE_REPLY_MAGIC) {
            throw new IOException("no simple reply: " + Integer.toHexString(magic));
        }
        return new SimpleReply(in.readInt(), in.readLong());
    }

    Chunk chunk() throws IOException {
        int magic = in.readInt();
        if (magic != STRUCTURED_REPLY_MAGIC) {
            throw new IOException("no structured reply: " + Integer.toHexString(magic));
        }
        boolean done = in.readShort() == REPLY_FLAG_DONE;
        int type = Short.toUnsignedInt(in.readShort());
        long cookie = in.readLong();
        return new Chunk(done, type, cookie, in.readNBytes(in.readInt()));
    }

    /** An extended chunk; its offset has to be the request's. */
    Chunk extendedChunk(long requestOffset) throws IOException {
        if (in.readInt() != EXTENDED_REPLY_MAGIC) {
            throw new IOException("no extended reply");
        }
        boolean done = in.readShort() == REPLY_FLAG_DONE;
        int type = Short.toUnsignedInt(in.readShort());
        long cookie = in.readLong();
        if (in.readLong() != requestOffset) {
            throw new IOException("a reply with another offset");
        }
        return new Chunk(done, type, cookie, in.readNBytes((int) in.readLong()));
    }

    /** Waits for the server to hang up; false if it says something first. */
    boolean isClosedByServer() throws IOException {
        try {
            in.readByte();
            return false;
        } catch (EOFException | SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
