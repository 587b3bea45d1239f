package dev.farshore.schemas.codec;

/** How many bytes a value takes in Avro binary. */
final class AvroSizes {
    private AvroSizes() {}

    /** Avro's int and long: zig-zag, seven bits a byte. */
    static int ofLong(long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        return (70 - Long.numberOfLeadingZeros(zigzag | 1)) / 7;
    }

    /** A length and that many bytes. */
    static int ofBytes(int lengthBytes) {
        return ofLong(lengthBytes) + lengthBytes;
    }

    /** UTF-8 bytes of {@code text}; a surrogate without its partner counts as one '?'. */
    static int utf8Bytes(String text) {
        int bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                continue;
            }
            if (c < 0x800) {
                bytes += 1;
            } else if (!Character.isSurrogate(c)) {
                bytes += 2;
            } else if (isPair(text, i)) {
                bytes += 2; // two chars, four bytes
                i++;
            }
        }
        return bytes;
    }

    static boolean isPair(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
    }
}
