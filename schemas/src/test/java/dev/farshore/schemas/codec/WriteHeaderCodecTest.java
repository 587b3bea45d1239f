package dev.farshore.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.event.WriteHeader;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import java.io.IOException;
import java.util.Arrays;

class WriteHeaderCodecTest {
    private static final int ID = 9;

    private final WriteHeaderCodec codec = new WriteHeaderCodec(ID);

    @Provide
    Arbitrary<EventHeader> headers() {
        return Events.headers();
    }

    @Property
    void shouldWriteTheBytesThatAvroWrites(
            @ForAll("headers") EventHeader header, @ForAll long writesOffset) throws IOException {
        IndexedHeader indexed = new IndexedHeader(header, writesOffset);

        assertThat(codec.encode(indexed)).isEqualTo(AvroOwn.encode(ID, AvroOwn.generated(indexed)));
    }

    @Property
    void shouldReadWhatAvroHasWritten(
            @ForAll("headers") EventHeader header, @ForAll long writesOffset) throws IOException {
        byte[] record =
                AvroOwn.encode(ID, AvroOwn.generated(new IndexedHeader(header, writesOffset)));

        WriteHeader byAvro = AvroOwn.decode(record, WriteHeader.getClassSchema());
        assertThat(AvroOwn.generated(codec.decode(record))).isEqualTo(byAvro);
    }

    @Property
    void shouldRefuseEveryTruncatedRecord(
            @ForAll("headers") EventHeader header, @ForAll @IntRange(max = 100_000) int cut) {
        byte[] record = codec.encode(new IndexedHeader(header, 7));

        assertThatThrownBy(() -> codec.decode(Arrays.copyOf(record, cut % record.length)))
                .isInstanceOf(MalformedRecordException.class);
        assertThatThrownBy(() -> codec.decode(Arrays.copyOf(record, record.length + 1)))
                .isInstanceOf(MalformedRecordException.class);
    }
}
