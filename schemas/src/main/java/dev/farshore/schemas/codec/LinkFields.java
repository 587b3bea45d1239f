package dev.farshore.schemas.codec;

import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.Sha256;

import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/** The fields of the hash chain, with which {@code WriteHeader} ends. */
final class LinkFields {
    private static final String START = "chainStart";
    private static final String PAYLOAD = "payloadSha256";
    private static final String VALUE = "chain";

    private LinkFields() {}

    static int sizeBytes(@Nullable ChainLink link) {
        return link == null
                ? AvroSizes.ofLong(0) + 2 * AvroSizes.ofBytes(0)
                : AvroSizes.ofLong(link.startSeq()) + 2 * AvroSizes.ofBytes(Sha256.BYTES);
    }

    static void write(@Nullable ChainLink link, RecordWriter writer) {
        if (link == null) {
            writer.putLong(0);
            writer.putLong(0);
            writer.putLong(0);
        } else {
            writer.putLong(link.startSeq());
            writer.putSha256(link.payload());
            writer.putSha256(link.value());
        }
    }

    static @Nullable ChainLink read(RecordReader reader) {
        long startSeq = reader.getLong(START);
        ByteBuffer payload = reader.getBytes(PAYLOAD);
        return link(startSeq, payload, reader.getBytes(VALUE));
    }

    /** From a record that Avro has resolved to this node's schema. */
    static @Nullable ChainLink from(GenericRecord record) {
        return link(
                (long) record.get(START),
                (ByteBuffer) record.get(PAYLOAD),
                (ByteBuffer) record.get(VALUE));
    }

    private static @Nullable ChainLink link(long startSeq, ByteBuffer payload, ByteBuffer value) {
        if (startSeq == 0 && !payload.hasRemaining() && !value.hasRemaining()) {
            return null;
        }
        if (payload.remaining() != Sha256.BYTES || value.remaining() != Sha256.BYTES) {
            throw new MalformedRecordException(
                    "%s of %d bytes and %s of %d: a SHA-256 has %d"
                            .formatted(
                                    PAYLOAD,
                                    payload.remaining(),
                                    VALUE,
                                    value.remaining(),
                                    Sha256.BYTES));
        }
        return new ChainLink(startSeq, sha256(payload), sha256(value));
    }

    private static Sha256 sha256(ByteBuffer bytes) {
        return Sha256.of(bytes.array(), bytes.arrayOffset() + bytes.position());
    }
}
