package dev.farshore.nbd;

import static dev.farshore.nbd.BlockStatusSource.BASE_ALLOCATION;
import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.nbd.RawClient.Chunk;
import dev.farshore.nbd.RawClient.SimpleReply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Structured replies and extended headers. */
class ChunkedReplyTest {
    private static final int PAGE = MemoryDevice.PAGE_BYTES;
    private static final int HOLE = BlockStatusSource.HOLE | BlockStatusSource.ZERO;

    private final MemoryDevice device = new MemoryDevice(TestServer.SIZE_BYTES);
    private TestServer server;

    /** An extent of a BLOCK_STATUS reply. */
    record Extent(long length, long flags) {}

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(device);
    }

    @AfterEach
    void closeUnharmed() throws IOException {
        server.assertUnharmed();
        server.close();
    }

    private RawClient structured(String... contexts) throws IOException {
        return server.connect()
                .greet()
                .agree(OPT_STRUCTURED_REPLY)
                .select("disk", contexts)
                .go("disk");
    }

    private RawClient extended(String... contexts) throws IOException {
        return server.connect()
                .greet()
                .agree(OPT_EXTENDED_HEADERS)
                .select("disk", contexts)
                .go("disk");
    }

    private void fillPage(long number) {
        byte[] ones = new byte[PAGE];
        Arrays.fill(ones, (byte) 1);
        device.write(number * PAGE, ByteBuffer.wrap(ones), false, error -> {});
    }

    @Test
    void shouldReadInAChunk() throws IOException {
        fillPage(1);
        try (RawClient client = structured()) {
            client.request(CMD_READ, CMD_FLAG_DF, 9, PAGE, 4096).send();
            Chunk chunk = client.chunk();
            assertThat(chunk.done()).isTrue();
            assertThat(chunk.cookie()).isEqualTo(9);
            assertThat(chunk.type()).isEqualTo(REPLY_TYPE_OFFSET_DATA);
            ByteBuffer payload = ByteBuffer.wrap(chunk.payload());
            assertThat(payload.getLong()).isEqualTo(PAGE);
            assertThat(payload.remaining()).isEqualTo(4096);
            assertThat(payload.get()).isEqualTo((byte) 1);
        }
    }

    @Test
    void shouldNotSendZeroes() throws IOException {
        try (RawClient client = structured()) {
            client.request(CMD_READ, 0, 9, 2 * PAGE, 1 << 20).send();
            Chunk chunk = client.chunk();
            assertThat(chunk.type()).isEqualTo(REPLY_TYPE_OFFSET_HOLE);
            assertThat(chunk.done()).isTrue();
            ByteBuffer payload = ByteBuffer.wrap(chunk.payload());
            assertThat(payload.getLong()).isEqualTo(2 * PAGE);
            assertThat(payload.getInt()).isEqualTo(1 << 20);
        }
    }

    @Test
    void shouldSendZeroesIfTheClientWantsNoOtherChunk() throws IOException {
        try (RawClient client = structured()) {
            client.request(CMD_READ, CMD_FLAG_DF, 9, 0, 65536).send();
            Chunk chunk = client.chunk();
            assertThat(chunk.type()).isEqualTo(REPLY_TYPE_OFFSET_DATA);
            assertThat(chunk.payload()).hasSize(8 + 65536).containsOnly(0);
        }
    }

    @Test
    void shouldExplainAnErrorInWords() throws IOException {
        try (RawClient client = structured()) {
            client.request(CMD_READ, 0, 9, 100, 512).send();
            Chunk chunk = client.chunk();
            assertThat(chunk.type()).isEqualTo(REPLY_TYPE_ERROR);
            assertThat(chunk.error()).isEqualTo(EINVAL);
            assertThat(chunk.errorText()).isEqualTo("offset and length must be multiples of 512");
        }
    }

    @Test
    void shouldStillAnswerAWriteShortly() throws IOException {
        try (RawClient client = structured()) {
            client.request(CMD_WRITE, 0, 9, 0, 512).payload(new byte[512]).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 9));
        }
    }

    @Test
    void shouldTellWhatIsAllocated() throws IOException {
        fillPage(1);
        fillPage(2);
        try (RawClient client = structured(BASE_ALLOCATION)) {
            client.request(CMD_BLOCK_STATUS, 0, 9, 512, 4 * PAGE).send();
            Chunk chunk = client.chunk();
            assertThat(chunk.done()).isTrue();
            assertThat(extents(chunk))
                    .containsExactly(
                            new Extent(PAGE - 512, HOLE),
                            new Extent(2 * PAGE, 0),
                            new Extent(PAGE + 512, HOLE));
        }
    }

    @Test
    void shouldTellOneExtentIfAskedForOne() throws IOException {
        fillPage(1);
        try (RawClient client = structured(BASE_ALLOCATION)) {
            client.request(CMD_BLOCK_STATUS, CMD_FLAG_REQ_ONE, 9, 0, 4 * PAGE).send();
            assertThat(extents(client.chunk())).containsExactly(new Extent(PAGE, HOLE));
            client.request(CMD_BLOCK_STATUS, CMD_FLAG_REQ_ONE, 9, 0, 512).send();
            assertThat(extents(client.chunk())).containsExactly(new Extent(512, HOLE));
        }
    }

    @Test
    void shouldLimitTheExtentsOfAReply() throws IOException {
        for (int page = 0; page < 4096; page += 2) {
            fillPage(page);
        }
        try (RawClient client = structured(BASE_ALLOCATION)) {
            client.request(CMD_BLOCK_STATUS, 0, 9, 0, 4096 * PAGE).send();
            assertThat(extents(client.chunk())).hasSize(1024);
        }
    }

    @Test
    void shouldAnswerForEveryContextSelected() throws IOException {
        fillPage(0);
        try (RawClient client = structured("test:pages", BASE_ALLOCATION)) {
            client.request(CMD_BLOCK_STATUS, 0, 9, 0, 2 * PAGE).send();
            Chunk pages = client.chunk();
            assertThat(pages.done()).isFalse();
            assertThat(extents(pages)).containsExactly(new Extent(PAGE, 1), new Extent(PAGE, 0));
            Chunk allocation = client.chunk();
            assertThat(allocation.done()).isTrue();
            assertThat(extents(allocation))
                    .containsExactly(new Extent(PAGE, 0), new Extent(PAGE, HOLE));
        }
    }

    private static List<Extent> extents(Chunk chunk) {
        assertThat(chunk.type()).isEqualTo(REPLY_TYPE_BLOCK_STATUS);
        ByteBuffer payload = ByteBuffer.wrap(chunk.payload()).position(4);
        List<Extent> extents = new ArrayList<>();
        while (payload.hasRemaining()) {
            extents.add(new Extent(Integer.toUnsignedLong(payload.getInt()), payload.getInt()));
        }
        return extents;
    }

    private static List<Extent> extendedExtents(Chunk chunk) {
        assertThat(chunk.type()).isEqualTo(REPLY_TYPE_BLOCK_STATUS_EXT);
        ByteBuffer payload = ByteBuffer.wrap(chunk.payload()).position(4);
        int count = payload.getInt();
        List<Extent> extents = new ArrayList<>();
        while (payload.hasRemaining()) {
            extents.add(new Extent(payload.getLong(), payload.getLong()));
        }
        assertThat(extents).hasSize(count);
        return extents;
    }

    @Test
    void shouldSpeakExtendedHeaders() throws IOException {
        byte[] ones = new byte[4096];
        Arrays.fill(ones, (byte) 1);
        try (RawClient client = extended()) {
            client.extendedRequest(CMD_WRITE, CMD_FLAG_PAYLOAD_LEN, 1, 8192, 4096);
            client.payload(ones).send();
            Chunk written = client.extendedChunk(8192);
            assertThat(written.type()).isEqualTo(REPLY_TYPE_NONE);
            assertThat(written.done()).isTrue();
            client.extendedRequest(CMD_READ, 0, 2, 8192, 4096).send();
            Chunk read = client.extendedChunk(8192);
            assertThat(read.type()).isEqualTo(REPLY_TYPE_OFFSET_DATA);
            assertThat(read.payload()).hasSize(8 + 4096).endsWith(ones);
            client.extendedRequest(CMD_READ, 0, 3, 0, 4096).send();
            assertThat(client.extendedChunk(0).type()).isEqualTo(REPLY_TYPE_OFFSET_HOLE);
        }
    }

    @Test
    void shouldTellExtentsWithLongLengths() throws IOException {
        try (RawClient client = extended(BASE_ALLOCATION)) {
            client.extendedRequest(CMD_BLOCK_STATUS, 0, 2, 0, TestServer.SIZE_BYTES).send();
            assertThat(extendedExtents(client.extendedChunk(0)))
                    .containsExactly(new Extent(TestServer.SIZE_BYTES, HOLE));
        }
    }

    @Test
    void shouldAnswerOnlyForTheContextsChosen() throws IOException {
        try (RawClient client = extended(BASE_ALLOCATION, "test:pages")) {
            ByteBuffer choice = ByteBuffer.allocate(12).putLong(2 * PAGE).putInt(1);
            client.extendedRequest(CMD_BLOCK_STATUS, CMD_FLAG_PAYLOAD_LEN, 2, 0, 12);
            client.payload(choice.array()).send();
            Chunk chunk = client.extendedChunk(0);
            assertThat(chunk.done()).isTrue();
            assertThat(extendedExtents(chunk)).containsExactly(new Extent(2 * PAGE, 0));
        }
    }

    @ParameterizedTest
    @CsvSource({"0 0", "2", "-1", "''", "0 1 0", "0 1 2 3 4 5 6"})
    void shouldRefuseAChoiceOfContextsThatIsNone(String ids) throws IOException {
        String[] chosen = ids.isEmpty() ? new String[0] : ids.split(" ", -1);
        ByteBuffer choice = ByteBuffer.allocate(8 + 4 * chosen.length).putLong(PAGE);
        for (String id : chosen) {
            choice.putInt(Integer.parseInt(id));
        }
        try (RawClient client = extended(BASE_ALLOCATION, "test:pages")) {
            client.extendedRequest(CMD_BLOCK_STATUS, CMD_FLAG_PAYLOAD_LEN, 2, 0, choice.capacity());
            client.payload(choice.array()).send();
            assertThat(client.extendedChunk(0).error()).isEqualTo(EINVAL);
            client.extendedRequest(CMD_FLUSH, 0, 3, 0, 0).send();
            assertThat(client.extendedChunk(0).type()).isEqualTo(REPLY_TYPE_NONE);
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "3", "4", "5", "6", "8"})
    void shouldSkipAPayloadNobodyAskedFor(int command) throws IOException {
        try (RawClient client = extended()) {
            client.extendedRequest(command, CMD_FLAG_PAYLOAD_LEN, 2, 0, 5000);
            client.payload(new byte[5000]).send();
            assertThat(client.extendedChunk(0).error()).isEqualTo(EINVAL);
            client.extendedRequest(CMD_FLUSH, 0, 3, 0, 0).send();
            assertThat(client.extendedChunk(0).type()).isEqualTo(REPLY_TYPE_NONE);
        }
    }

    @Test
    void shouldRefuseAWriteWithoutAPayload() throws IOException {
        try (RawClient client = extended()) {
            client.extendedRequest(CMD_WRITE, 0, 2, 0, 4096).send();
            assertThat(client.extendedChunk(0).error()).isEqualTo(EINVAL);
        }
    }

    @Test
    void shouldHangUpOnAPayloadTooLongForAnyRequest() throws IOException {
        try (RawClient client = extended()) {
            client.extendedRequest(CMD_WRITE, CMD_FLAG_PAYLOAD_LEN, 2, 0, 1L << 40).send();
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldRefuseALengthBeyondAllBounds() throws IOException {
        try (RawClient client = extended()) {
            client.extendedRequest(CMD_WRITE_ZEROES, 0, 2, 512, Long.MAX_VALUE - 511).send();
            assertThat(client.extendedChunk(512).error()).isEqualTo(ENOSPC);
            client.extendedRequest(CMD_TRIM, 0, 2, 512, -512).send();
            assertThat(client.extendedChunk(512).error()).isEqualTo(EINVAL);
        }
    }

    @Test
    void shouldHangUpOnAShortHeaderWhereLongOnesWereAgreedOn() throws IOException {
        try (RawClient client = extended()) {
            client.request(CMD_FLUSH, 0, 2, 0, 0).payload(new byte[4]).send();
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldNotServeByExportNameAfterExtendedHeaders() throws IOException {
        try (RawClient client = server.connect().greet().agree(OPT_EXTENDED_HEADERS)) {
            client.option(
                    OPT_EXPORT_NAME, "disk".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(client.isClosedByServer()).isTrue();
        }
    }
}
