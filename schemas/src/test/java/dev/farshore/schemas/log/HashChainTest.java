package dev.farshore.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.event.EventKind;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

class HashChainTest {
    private static final int EVENTS = 6;

    private final HashChain chain = new HashChain();

    /** A header of the chain as a reader finds it. */
    private record Found(EventHeader header, ChainLink link) {}

    /** One field of an event that somebody changes, {@code bits} of it. */
    private enum Tampering {
        VVOL((found, bits) -> with(found, header(found, bits, 0, 0, 0, 0, 0, 0, 0, 0))),
        EPOCH((found, bits) -> with(found, header(found, 0, bits, 0, 0, 0, 0, 0, 0, 0))),
        VM_SEQ((found, bits) -> with(found, header(found, 0, 0, bits, 0, 0, 0, 0, 0, 0))),
        OFFSET((found, bits) -> with(found, header(found, 0, 0, 0, bits, 0, 0, 0, 0, 0))),
        LENGTH((found, bits) -> with(found, header(found, 0, 0, 0, 0, bits, 0, 0, 0, 0))),
        TOTAL_BYTES((found, bits) -> with(found, header(found, 0, 0, 0, 0, 0, bits, 0, 0, 0))),
        CAPTURE_MICROS((found, bits) -> with(found, header(found, 0, 0, 0, 0, 0, 0, bits, 0, 0))),
        CRC((found, bits) -> with(found, header(found, 0, 0, 0, 0, 0, 0, 0, bits, 0))),
        NOTE((found, bits) -> with(found, header(found, 0, 0, 0, 0, 0, 0, 0, 0, bits))),
        KIND((found, bits) -> with(found, otherKind(found.header()))),
        START(
                (found, bits) ->
                        new Found(
                                found.header(),
                                new ChainLink(
                                        found.link().startSeq() ^ bits,
                                        found.link().payload(),
                                        found.link().value()))),
        PAYLOAD(
                (found, bits) ->
                        new Found(
                                found.header(),
                                new ChainLink(
                                        found.link().startSeq(),
                                        changed(found.link().payload(), bits),
                                        found.link().value()))),
        VALUE(
                (found, bits) ->
                        new Found(
                                found.header(),
                                new ChainLink(
                                        found.link().startSeq(),
                                        found.link().payload(),
                                        changed(found.link().value(), bits))));

        private final BiFunction<Found, Integer, Found> change;

        Tampering(BiFunction<Found, Integer, Found> change) {
            this.change = change;
        }

        private static Found with(Found found, EventHeader header) {
            return new Found(header, found.link());
        }

        private static Sha256 changed(Sha256 hash, int bits) {
            return new Sha256(hash.first(), hash.second(), hash.third() ^ bits, hash.fourth());
        }

        private static EventHeader otherKind(EventHeader header) {
            EventKind other = header.kind() == EventKind.TRIM ? EventKind.BOOKMARK : EventKind.TRIM;
            return new EventHeader(
                    header.vvol(),
                    header.epoch(),
                    header.seq(),
                    header.vmSeq(),
                    other,
                    header.offset(),
                    header.length(),
                    header.totalBytes(),
                    header.captureMicros(),
                    header.crc32c(),
                    header.note());
        }

        private static EventHeader header(
                Found found,
                int vvol,
                int epoch,
                long vmSeq,
                long offset,
                long length,
                long totalBytes,
                long captureMicros,
                int crc,
                int note) {
            EventHeader header = found.header();
            return new EventHeader(
                    header.vvol() + (vvol == 0 ? "" : vvol),
                    header.epoch() ^ epoch,
                    header.seq(),
                    header.vmSeq() ^ vmSeq,
                    header.kind(),
                    header.offset() ^ offset,
                    header.length() ^ length,
                    header.totalBytes() ^ totalBytes,
                    header.captureMicros() ^ captureMicros,
                    header.crc32c() ^ crc,
                    header.note() + (note == 0 ? "" : note));
        }
    }

    @Provide
    Arbitrary<List<EventHeader>> histories() {
        Arbitrary<EventHeader> header =
                Combinators.combine(
                                Arbitraries.strings().ofMaxLength(12),
                                Arbitraries.integers(),
                                Arbitraries.of(EventKind.values()),
                                Arbitraries.longs(),
                                Arbitraries.longs(),
                                Arbitraries.longs(),
                                Arbitraries.longs(),
                                Arbitraries.integers())
                        .as(
                                (text, epoch, kind, vmSeq, offset, length, micros, crc) ->
                                        new EventHeader(
                                                "disk",
                                                epoch,
                                                0,
                                                vmSeq,
                                                kind,
                                                offset,
                                                length,
                                                offset ^ length,
                                                micros,
                                                crc,
                                                text));
        return header.list().ofSize(EVENTS);
    }

    @Property
    void shouldFollowFromItsFirstEventToItsLast(
            @ForAll("histories") List<EventHeader> history,
            @ForAll byte[] payload,
            @ForAll @LongRange(min = 0) long afterSeq) {
        List<Found> found = published(history, payload, afterSeq % Integer.MAX_VALUE);

        List<ChainVerdict> verdicts = verdicts(found);
        assertThat(verdicts.getFirst()).isEqualTo(ChainVerdict.STARTS);
        assertThat(verdicts.subList(1, EVENTS)).containsOnly(ChainVerdict.FOLLOWS);
    }

    @Property
    void shouldBreakWhereAnyFieldOfAnyEventIsChanged(
            @ForAll("histories") List<EventHeader> history,
            @ForAll byte[] payload,
            @ForAll @IntRange(max = EVENTS - 1) int where,
            @ForAll Tampering tampering,
            @ForAll int anyBits) {
        List<Found> found = published(history, payload, 0);
        int bits = anyBits == 0 ? 1 : anyBits;
        found.set(where, tampering.change.apply(found.get(where), bits));

        assertThat(verdicts(found).stream().allMatch(HashChainTest::isInOrder)).isFalse();
    }

    @Property
    void shouldBreakWhereAnEventIsReplacedByAnotherWithAValueOfItsOwn(
            @ForAll("histories") List<EventHeader> history,
            @ForAll byte[] payload,
            @ForAll @IntRange(max = EVENTS - 2) int where) {
        List<Found> found = published(history, payload, 0);
        Found forged = Tampering.OFFSET.change.apply(found.get(where), 4096);
        ChainPoint before =
                where == 0
                        ? ChainPoint.startingAfter(0)
                        : ChainPoint.at(where, found.get(where - 1).link());
        found.set(
                where,
                new Found(
                        forged.header(),
                        chain.link(before, forged.header(), forged.link().payload())));

        assertThat(verdicts(found).get(where + 1)).isEqualTo(ChainVerdict.BROKEN);
    }

    @Property
    void shouldHashTheBytesThatItsDocumentationDraws(
            @ForAll("histories") List<EventHeader> history, @ForAll byte[] payload)
            throws Exception {
        Sha256 previous = Sha256.ZERO;
        for (Found found : published(history, payload, 0)) {
            previous = byTheBook(previous, found);
            assertThat(found.link().value()).isEqualTo(previous);
        }
    }

    /** For those who write it in another language. */
    @Example
    void shouldHaveTheValueOfTheExample() {
        EventHeader write =
                new EventHeader(
                        "disk",
                        1,
                        1,
                        2,
                        EventKind.WRITE,
                        4096,
                        3,
                        3,
                        1_700_000_000_000_000L,
                        7,
                        "é");
        Sha256 payload = chain.hash(ByteBuffer.wrap("abc".getBytes(StandardCharsets.UTF_8)));

        assertThat(payload)
                .hasToString("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(chain.link(ChainPoint.startingAfter(0), write, payload).value())
                .hasToString("4a702a99c1679f294a8e6f8c27b94e158b65c8cf569396df52caacad7c5efbda");
    }

    @Example
    void shouldSayWhatItCannotProve() {
        List<Found> found = published(List.of(trim(), trim(), trim()), new byte[0], 0);
        Found second = found.get(1);

        assertThat(chain.judge(null, trim(), null)).isEqualTo(ChainVerdict.NONE);
        assertThat(chain.judge(null, second.header(), second.link()))
                .isEqualTo(ChainVerdict.UNPROVEN);
        assertThat(chain.judge(found.getFirst().link(), second.header(), null))
                .as("a link that was taken away")
                .isEqualTo(ChainVerdict.BROKEN);
        assertThatThrownBy(
                        () ->
                                chain.link(
                                        ChainPoint.startingAfter(0),
                                        second.header(),
                                        second.link().payload()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static EventHeader trim() {
        return new EventHeader("disk", 1, 0, 1, EventKind.TRIM, 0, 512, 0, 1, 0, "");
    }

    private List<Found> published(List<EventHeader> history, byte[] payload, long afterSeq) {
        List<Found> found = new ArrayList<>();
        ChainPoint point = ChainPoint.startingAfter(afterSeq);
        for (EventHeader unnumbered : history) {
            EventHeader header = numbered(unnumbered, point.seq() + 1);
            ChainLink link = chain.link(point, header, chain.hash(payload, 0, payload.length));
            found.add(new Found(header, link));
            point = ChainPoint.at(header.seq(), link);
        }
        return found;
    }

    private List<ChainVerdict> verdicts(List<Found> all) {
        List<ChainVerdict> verdicts = new ArrayList<>();
        @Nullable ChainLink before = null;
        for (Found found : all) {
            verdicts.add(chain.judge(before, found.header(), found.link()));
            before = found.link();
        }
        return verdicts;
    }

    private static boolean isInOrder(ChainVerdict verdict) {
        return verdict == ChainVerdict.STARTS || verdict == ChainVerdict.FOLLOWS;
    }

    private static EventHeader numbered(EventHeader header, long seq) {
        return new EventHeader(
                header.vvol(),
                header.epoch(),
                seq,
                header.vmSeq(),
                header.kind(),
                header.offset(),
                header.length(),
                header.totalBytes(),
                header.captureMicros(),
                header.crc32c(),
                header.note());
    }

    private static Sha256 byTheBook(Sha256 previous, Found found) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        EventHeader header = found.header();
        out.write(previous.bytes());
        out.write(found.link().payload().bytes());
        out.writeLong(found.link().startSeq());
        out.writeLong(header.seq());
        out.writeLong(header.vmSeq());
        out.writeLong(header.offset());
        out.writeLong(header.length());
        out.writeLong(header.totalBytes());
        out.writeLong(header.captureMicros());
        out.writeInt(header.epoch());
        out.writeInt(header.crc32c());
        for (String text : List.of(header.vvol(), header.kind().name(), header.note())) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            out.writeInt(utf8.length);
            out.write(utf8);
        }
        return Sha256.of(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()), 0);
    }
}
