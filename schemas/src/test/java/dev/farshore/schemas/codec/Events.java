package dev.farshore.schemas.codec;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

import java.nio.ByteBuffer;

/** Any event that may be written. */
final class Events {
    private Events() {}

    static Arbitrary<LogEvent> any() {
        return Combinators.combine(headers(), payloads()).as(Events::fitting);
    }

    static Arbitrary<EventHeader> headers() {
        return Combinators.combine(
                        Combinators.combine(
                                        names(),
                                        Arbitraries.integers(),
                                        Arbitraries.longs(),
                                        Arbitraries.longs(),
                                        Arbitraries.of(EventKind.values())
                                                .filter(kind -> kind != EventKind.UNKNOWN),
                                        Arbitraries.longs(),
                                        Arbitraries.longs())
                                .as(
                                        (vvol, epoch, seq, vmSeq, kind, offset, length) ->
                                                new EventHeader(
                                                        vvol, epoch, seq, vmSeq, kind, offset,
                                                        length, 0, 0, 0, "")),
                        Arbitraries.longs(),
                        Arbitraries.longs(),
                        Arbitraries.integers(),
                        names())
                .as(
                        (header, totalBytes, captureMicros, crc32c, note) ->
                                new EventHeader(
                                        header.vvol(),
                                        header.epoch(),
                                        header.seq(),
                                        header.vmSeq(),
                                        header.kind(),
                                        header.offset(),
                                        header.length(),
                                        totalBytes,
                                        captureMicros,
                                        crc32c,
                                        note));
    }

    private static Arbitrary<String> names() {
        return Arbitraries.oneOf(
                Arbitraries.strings().alpha().ofMaxLength(40),
                Arbitraries.strings().all().ofMaxLength(40),
                Arbitraries.strings().withChars("aé€\ud83d\ude00\ud83d").ofMaxLength(20));
    }

    private static Arbitrary<byte[]> payloads() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
    }

    private static LogEvent fitting(EventHeader header, byte[] payload) {
        return header.kind() == EventKind.WRITE
                ? new LogEvent(withLength(header, payload.length), ByteBuffer.wrap(payload))
                : new LogEvent(header, ByteBuffer.allocate(0));
    }

    static EventHeader withLength(EventHeader header, long length) {
        return new EventHeader(
                header.vvol(),
                header.epoch(),
                header.seq(),
                header.vmSeq(),
                header.kind(),
                header.offset(),
                length,
                header.totalBytes(),
                header.captureMicros(),
                header.crc32c(),
                header.note());
    }

    static LogEvent write(String vvol, long seq, byte[] payload) {
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        return new LogEvent(
                new EventHeader(
                        vvol,
                        1,
                        seq,
                        seq,
                        EventKind.WRITE,
                        4096,
                        payload.length,
                        1,
                        2,
                        PayloadChecksum.of(bytes),
                        ""),
                bytes);
    }
}
