package dev.farshore.schemas.log;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The hash chain over a volume's headers: whoever knows its value at one event can tell whether any
 * field or payload of any event before has been changed, left out, or moved.
 *
 * <p>The value at event n is the SHA-256 of these bytes, all numbers big endian, texts in UTF-8:
 *
 * <pre>
 *     +0    chain value at event n - 1; 32 zero bytes if the chain starts with n
 *     +32   SHA-256 of the payload; of no bytes where the event has none
 *     +64   chain start: seq of the first event that the chain covers
 *     +72   seq
 *     +80   vm seq
 *     +88   offset
 *     +96   length
 *     +104  total bytes
 *     +112  capture micros
 *     +120  epoch, 4 bytes
 *     +124  CRC-32C, 4 bytes
 *     +128  bytes of the volume's name, 4 bytes │ the name
 *           bytes of the kind's name, 4 bytes   │ the kind, as the schema spells it
 *           bytes of the note, 4 bytes          │ the note
 * </pre>
 *
 * <p>It covers what is the same whenever and by whomever an event is sent, so not where it lies in
 * the log. Only events that count ({@link LogCursor#judge}) are in the chain: an event that was
 * fenced has the value of a branch that nobody follows.
 *
 * <p>A chain starts with a volume's first event, or with the first that a build with chains
 * publishes behind events without.
 *
 * <p>Threading: one thread; it uses the same memory again.
 */
public final class HashChain {
    private static final int FIXED_BYTES = 128;

    private final MessageDigest sha256;
    private final byte[] digest = new byte[Sha256.BYTES];
    private final ByteBuffer fixed = ByteBuffer.allocate(FIXED_BYTES);
    private final ByteBuffer textLength = ByteBuffer.allocate(Integer.BYTES);

    public HashChain() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Hash of a part of an array, of a payload for instance. */
    public Sha256 hash(byte[] bytes, int offset, int length) {
        sha256.update(bytes, offset, length);
        return finish();
    }

    /** Hash from position to limit, neither of which is changed. */
    public Sha256 hash(ByteBuffer bytes) {
        sha256.update(bytes.duplicate());
        return finish();
    }

    /**
     * The link of the next event.
     *
     * @param before after the event before it
     * @param payload the hash of its payload
     */
    public ChainLink link(ChainPoint before, EventHeader event, Sha256 payload) {
        if (event.seq() != before.seq() + 1) {
            throw new IllegalArgumentException(
                    "event %d does not follow %d in the chain of %s"
                            .formatted(event.seq(), before.seq(), event.vvol()));
        }
        return new ChainLink(
                before.startSeq(),
                payload,
                value(before.value(), before.startSeq(), event, payload));
    }

    /**
     * Whether a header follows from the one before it.
     *
     * @param before link of the event before it; null if that has none or is not known
     */
    public ChainVerdict judge(
            @Nullable ChainLink before, EventHeader event, @Nullable ChainLink link) {
        if (link == null) {
            return before == null ? ChainVerdict.NONE : ChainVerdict.BROKEN;
        }
        boolean isStart = link.startSeq() == event.seq();
        if (before == null && !isStart) {
            return ChainVerdict.UNPROVEN;
        }
        if (before != null && before.startSeq() != link.startSeq()) {
            return ChainVerdict.BROKEN;
        }
        Sha256 previous = before == null ? Sha256.ZERO : before.value();
        if (!value(previous, link.startSeq(), event, link.payload()).equals(link.value())) {
            return ChainVerdict.BROKEN;
        }
        return isStart ? ChainVerdict.STARTS : ChainVerdict.FOLLOWS;
    }

    private Sha256 value(Sha256 previous, long startSeq, EventHeader event, Sha256 payload) {
        fixed.clear();
        previous.putInto(fixed);
        payload.putInto(fixed);
        fixed.putLong(startSeq)
                .putLong(event.seq())
                .putLong(event.vmSeq())
                .putLong(event.offset())
                .putLong(event.length())
                .putLong(event.totalBytes())
                .putLong(event.captureMicros())
                .putInt(event.epoch())
                .putInt(event.crc32c());
        sha256.update(fixed.array());
        update(event.vvol());
        update(event.kind().name());
        update(event.note());
        return finish();
    }

    private void update(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        sha256.update(textLength.putInt(0, utf8.length).array());
        sha256.update(utf8);
    }

    private Sha256 finish() {
        try {
            sha256.digest(digest, 0, digest.length);
        } catch (DigestException e) {
            throw new IllegalStateException("a SHA-256 has 32 bytes", e);
        }
        return Sha256.of(digest, 0);
    }
}
