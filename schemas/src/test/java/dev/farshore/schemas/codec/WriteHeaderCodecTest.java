package dev.farshore.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.event.WriteHeader;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.Sha256;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;

class WriteHeaderCodecTest {
    private static final int ID = 9;

    private final WriteHeaderCodec codec = new WriteHeaderCodec(ID);

    @Provide
    Arbitrary<EventHeader> headers() {
        return Events.headers();
    }

    @Provide
    Arbitrary<ChainLink> links() {
        Arbitrary<Sha256> hashes =
                Arbitraries.bytes()
                        .array(byte[].class)
                        .ofSize(Sha256.BYTES)
                        .map(bytes -> Sha256.of(bytes, 0));
        return Combinators.combine(Arbitraries.longs().greaterOrEqual(1), hashes, hashes)
                .as(ChainLink::new)
                .injectNull(0.3);
    }

    @Property
    void shouldWriteTheBytesThatAvroWrites(
            @ForAll("headers") EventHeader header,
            @ForAll long writesOffset,
            @ForAll("links") @Nullable ChainLink link)
            throws IOException {
        IndexedHeader indexed = new IndexedHeader(header, writesOffset, link);

        assertThat(codec.encode(indexed)).isEqualTo(AvroOwn.encode(ID, AvroOwn.generated(indexed)));
    }

    @Property
    void shouldReadWhatAvroHasWritten(
            @ForAll("headers") EventHeader header,
            @ForAll long writesOffset,
            @ForAll("links") @Nullable ChainLink link)
            throws IOException {
        byte[] record =
                AvroOwn.encode(
                        ID, AvroOwn.generated(new IndexedHeader(header, writesOffset, link)));

        WriteHeader byAvro = AvroOwn.decode(record, WriteHeader.getClassSchema());
        assertThat(AvroOwn.generated(codec.decode(record))).isEqualTo(byAvro);
    }

    @Property
    void shouldRefuseEveryTruncatedRecord(
            @ForAll("headers") EventHeader header,
            @ForAll("links") @Nullable ChainLink link,
            @ForAll @IntRange(max = 100_000) int cut) {
        byte[] record = codec.encode(new IndexedHeader(header, 7, link));

        assertThatThrownBy(() -> codec.decode(Arrays.copyOf(record, cut % record.length)))
                .isInstanceOf(MalformedRecordException.class);
        assertThatThrownBy(() -> codec.decode(Arrays.copyOf(record, record.length + 1)))
                .isInstanceOf(MalformedRecordException.class);
    }
}
