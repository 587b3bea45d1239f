package dev.farshore.nbd.handshake;

import dev.farshore.nbd.NbdProtocol;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * An option as the client sent it. The data is read in order by the getters.
 *
 * @param data limited to the option's data
 */
record Option(int number, ByteBuffer data) {

    /** Data that is not what the option asks for. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    void requireEnd() throws MalformedException {
        if (data.hasRemaining()) {
            throw new MalformedException("the option has " + data.remaining() + " bytes too many");
        }
    }

    int unsignedShort() throws MalformedException {
        try {
            return Short.toUnsignedInt(data.getShort());
        } catch (BufferUnderflowException e) {
            throw tooShort();
        }
    }

    int integer() throws MalformedException {
        try {
            return data.getInt();
        } catch (BufferUnderflowException e) {
            throw tooShort();
        }
    }

    /** A string after its length in 32 bits. */
    String string() throws MalformedException {
        int length = integer();
        if (length < 0 || length > data.remaining()) {
            throw tooShort();
        }
        return string(length);
    }

    /** All of what is left. */
    String restAsString() throws MalformedException {
        return string(data.remaining());
    }

    private String string(int length) throws MalformedException {
        if (length > NbdProtocol.MAX_STRING_BYTES) {
            throw new MalformedException("a string of more than 4096 bytes");
        }
        ByteBuffer bytes = data.slice(data.position(), length);
        data.position(data.position() + length);
        try {
            String string = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            if (string.indexOf('\0') >= 0) {
                throw new MalformedException("a string with a NUL in it");
            }
            return string;
        } catch (CharacterCodingException e) {
            throw new MalformedException("a string that is not UTF-8");
        }
    }

    private static MalformedException tooShort() {
        return new MalformedException("the option's data ends too early");
    }
}
