package dev.farshore.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.WriteEvent;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.Limits;
import dev.farshore.schemas.log.LogEvent;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

class WriteEventCodecTest {
    private static final int ID = 0x01020304;

    private final WriteEventCodec codec = new WriteEventCodec(ID);

    @Provide
    Arbitrary<LogEvent> events() {
        return Events.any();
    }

    @Property
    void shouldWriteTheBytesThatAvroWrites(@ForAll("events") LogEvent event) throws IOException {
        assertThat(codec.encode(event.header(), event.payload()))
                .isEqualTo(AvroOwn.encode(ID, AvroOwn.generated(event)));
    }

    @Property
    void shouldReadWhatAvroHasWritten(@ForAll("events") LogEvent event) throws IOException {
        byte[] record = AvroOwn.encode(ID, AvroOwn.generated(event));
        LogEvent decoded = codec.decode(record);

        WriteEvent byAvro = AvroOwn.decode(record, WriteEvent.getClassSchema());
        assertThat(AvroOwn.generated(decoded)).isEqualTo(byAvro);
        assertThat(codec.decodeHeader(record)).isEqualTo(decoded.header());
    }

    @Property
    void shouldReadFromTheMiddleOfAnArray(
            @ForAll("events") LogEvent event,
            @ForAll @IntRange(max = 20) int before,
            @ForAll @IntRange(max = 20) int after) {
        byte[] record = codec.encode(event.header(), event.payload());
        byte[] wide = new byte[before + record.length + after];
        Arrays.fill(wide, (byte) 0xff);
        System.arraycopy(record, 0, wide, before, record.length);

        LogEvent decoded = codec.decode(wide, before, record.length);
        assertThat(decoded.header()).isEqualTo(codec.decodeHeader(record));
        assertThat(decoded.payload()).isEqualTo(event.payload());
    }

    @Property
    void shouldRefuseEveryTruncatedRecord(
            @ForAll("events") LogEvent event, @ForAll @IntRange(max = 100_000) int cut) {
        byte[] record = codec.encode(event.header(), event.payload());
        byte[] truncated = Arrays.copyOf(record, cut % record.length);

        assertThatThrownBy(() -> codec.decode(truncated))
                .isInstanceOf(MalformedRecordException.class);
        assertThatThrownBy(() -> codec.decodeHeader(truncated))
                .isInstanceOf(MalformedRecordException.class);
    }

    @Property
    void shouldNeverFailOtherwiseThanClearlyOnGarbage(@ForAll byte[] value) {
        byte[] record = new byte[WireFormat.PREFIX_BYTES + value.length];
        WireFormat.putPrefix(record, ID);
        System.arraycopy(value, 0, record, WireFormat.PREFIX_BYTES, value.length);
        try {
            LogEvent decoded = codec.decode(record);
            assertThat(decoded.payload().remaining()).isLessThanOrEqualTo(value.length);
        } catch (MalformedRecordException e) {
            assertThat(e)
                    .hasMessageMatching(
                            "(?s)field \\w+, before byte .*|\\d+ bytes follow.*|\\w+ of .*");
        }
    }

    @Property
    void shouldNeverFailOtherwiseThanClearlyOnADamagedRecord(
            @ForAll("events") LogEvent event,
            @ForAll @IntRange(max = 100_000) int at,
            @ForAll byte damage) {
        byte[] record = codec.encode(event.header(), event.payload());
        record[5 + at % (record.length - 5)] ^= damage;
        try {
            LogEvent decoded = codec.decode(record);
            // What is still an event must be the one that these bytes say.
            byte[] again = codec.encode(decoded.header(), decoded.payload());
            assertThat(codec.decode(again).header()).isEqualTo(decoded.header());
        } catch (MalformedRecordException | IllegalArgumentException e) {
            assertThat(e).message().isNotBlank();
        }
    }

    @Example
    void shouldSayWhatIsWrongWithARecord() {
        byte[] record = codec.encode(header(4), ByteBuffer.allocate(4));

        assertThatThrownBy(() -> codec.decode(new byte[] {0, 1}))
                .hasMessageContaining("a record of 2 bytes is too short");
        byte[] noMagic = record.clone();
        noMagic[0] = 0x7b;
        assertThatThrownBy(() -> codec.decode(noMagic)).hasMessageContaining("0x7b");
        assertThatThrownBy(() -> codec.decode(Arrays.copyOf(record, record.length + 3)))
                .hasMessageContaining("3 bytes follow the value");
        byte[] hugeName = record.clone();
        hugeName[5] = 0x7e;
        assertThatThrownBy(() -> codec.decode(hugeName))
                .hasMessageContaining("field vvol")
                .hasMessageContaining("a length of 63");
        byte[] badUtf8 = record.clone();
        badUtf8[6] = (byte) 0xc0;
        assertThatThrownBy(() -> codec.decode(badUtf8)).hasMessageContaining("not UTF-8");
        byte[] unknownSchema = record.clone();
        unknownSchema[4]++;
        assertThatThrownBy(() -> codec.decode(unknownSchema))
                .isInstanceOf(SchemaUnavailableException.class)
                .hasMessageContaining(String.valueOf(ID + 1));
    }

    @Example
    void shouldRefuseAPayloadThatIsNotAsLongAsTheHeaderSays() {
        assertThatThrownBy(() -> codec.encode(header(4), ByteBuffer.allocate(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("WRITE of 4 bytes with a payload of 5");
        int tooLarge = Limits.MAX_EVENT_PAYLOAD_BYTES + 1;
        assertThatThrownBy(() -> codec.encode(header(tooLarge), ByteBuffer.allocate(tooLarge)))
                .hasMessageContaining("at most 524288");
    }

    @Example
    void shouldRefuseARecordWhosePayloadIsNotAsLongAsItsHeaderSays() throws IOException {
        LogEvent fourBytes = new LogEvent(header(4), ByteBuffer.allocate(5));
        LogEvent negative = new LogEvent(header(-1), ByteBuffer.allocate(0));
        byte[] tooLong = AvroOwn.encode(ID, AvroOwn.generated(fourBytes));

        assertThatThrownBy(() -> codec.decode(tooLong))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessage("WRITE of 4 bytes (vvol vol-1, seq 2) with a payload of 5");
        assertThatThrownBy(() -> codec.decodeHeader(tooLong))
                .isInstanceOf(MalformedRecordException.class);
        assertThatThrownBy(() -> codec.decode(AvroOwn.encode(ID, AvroOwn.generated(negative))))
                .isInstanceOf(MalformedRecordException.class);
    }

    @Example
    void shouldFitTheLargestEventIntoAMessage() {
        EventHeader largest =
                new EventHeader(
                        "v".repeat(Limits.MAX_VVOL_NAME_BYTES),
                        Integer.MIN_VALUE,
                        Long.MIN_VALUE,
                        Long.MIN_VALUE,
                        EventKind.WRITE,
                        Long.MIN_VALUE,
                        Limits.MAX_EVENT_PAYLOAD_BYTES,
                        Long.MIN_VALUE,
                        Long.MIN_VALUE,
                        Integer.MIN_VALUE,
                        "n".repeat(Limits.MAX_NOTE_BYTES));
        byte[] record = codec.encode(largest, ByteBuffer.allocate(Limits.MAX_EVENT_PAYLOAD_BYTES));

        // Kafka adds less than 200 bytes and the key, which is the name again.
        assertThat(record.length + Limits.MAX_VVOL_NAME_BYTES + 200 + 512 * 1024)
                .as("also with a payload twice as large")
                .isLessThan(Limits.MAX_MESSAGE_BYTES);
    }

    @Example
    void shouldShareTheRecordsBytesAndLeaveTheCallersBufferAlone() {
        ByteBuffer payload = ByteBuffer.allocateDirect(10);
        payload.put(2, "data".getBytes(StandardCharsets.US_ASCII)).position(2).limit(6);
        byte[] record = codec.encode(header(4), payload);
        assertThat(payload.position()).isEqualTo(2);
        assertThat(payload.limit()).isEqualTo(6);

        LogEvent event = codec.decode(record);
        record[record.length - 1] = '!';
        assertThat(StandardCharsets.US_ASCII.decode(event.payload().duplicate()).toString())
                .isEqualTo("dat!");
        assertThat(event.payload().array()).isSameAs(record);
    }

    @Example
    void shouldMakeTheNameOfAVolumeOnce() {
        byte[] first = codec.encode(header(1), ByteBuffer.allocate(1));
        byte[] second = codec.encode(header(2), ByteBuffer.allocate(2));

        assertThat(codec.decode(first).header().vvol())
                .isSameAs(codec.decode(second).header().vvol());
    }

    private static EventHeader header(int length) {
        return new EventHeader("vol-1", 1, 2, 3, EventKind.WRITE, 0, length, 0, 0, 0, "");
    }
}
