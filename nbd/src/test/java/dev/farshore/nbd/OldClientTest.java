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
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * Clients that have not asked for block sizes: by the specification they may ask for any range of
 * bytes, as long as the protocol allows.
 */
class OldClientTest {
    private static final int SIZE = 1 << 28;
    private static final int LONG_BYTES = (40 << 20) + 7;

    /** Takes nothing but whole sectors, as the journal does. */
    private final MemoryDevice device =
            new MemoryDevice(SIZE) {
                @Override
                public void read(long offset, ByteBuffer into) throws IOException {
                    requireSectors(offset, into.remaining());
                    super.read(offset, into);
                }

                @Override
                public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
                    if (!isInside) {
                        requireSectors(offset, payload.remaining());
                    }
                    super.write(offset, payload, fua, done);
                }

                private boolean isInside;

                @Override
                public synchronized void writeUnaligned(
                        long offset,
                        ByteBuffer sectors,
                        int headBytes,
                        int tailBytes,
                        boolean fua,
                        Completion done) {
                    requireSectors(offset, sectors.remaining());
                    isInside = true;
                    super.writeUnaligned(offset, sectors, headBytes, tailBytes, fua, done);
                    isInside = false;
                }

                @Override
                public void writeZeroes(
                        long offset, long length, boolean mayPunch, boolean fua, Completion done) {
                    requireSectors(offset, length);
                    super.writeZeroes(offset, length, mayPunch, fua, done);
                }

                @Override
                public void trim(long offset, long length, boolean fua, Completion done) {
                    requireSectors(offset, length);
                    super.trim(offset, length, fua, done);
                }
            };

    private TestServer server;

    private static void requireSectors(long offset, long length) {
        if (((offset | length) & BlockDevice.BLOCK_BYTES - 1) != 0 || length == 0) {
            throw new IllegalArgumentException(length + " bytes at " + offset);
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(device);
    }

    @AfterEach
    void closeUnharmed() throws IOException {
        server.assertUnharmed();
        server.close();
    }

    private RawClient connect() throws IOException {
        return server.connect().greet().goWithoutBlockSizes("disk");
    }

    private static byte[] random(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(RawClient client, long offset, int length) throws IOException {
        client.request(CMD_READ, 0, 5, offset, length).send();
        assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 5));
        return client.in.readNBytes(length);
    }

    @Test
    void shouldServeAnyRangeOfBytes() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        byte[] expected = new byte[1 << 18];
        try (RawClient client = connect()) {
            for (int round = 0; round < 1500; round++) {
                int offset = random.nextInt(expected.length - 1);
                int limit = random.nextInt(4) == 0 ? 100_000 : 1200;
                int length = 1 + random.nextInt(Math.min(limit, expected.length - offset));
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        byte[] bytes = random(round, length);
                        client.request(CMD_WRITE, 0, 1, offset, length).payload(bytes).send();
                        System.arraycopy(bytes, 0, expected, offset, length);
                        assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
                    }
                    case 2 -> {
                        int flags = random.nextBoolean() ? CMD_FLAG_NO_HOLE : 0;
                        client.request(CMD_WRITE_ZEROES, flags, 2, offset, length).send();
                        Arrays.fill(expected, offset, offset + length, (byte) 0);
                        assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
                    }
                    case 3 -> {
                        client.request(CMD_TRIM, 0, 3, offset, length).send();
                        assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 3));
                        // What is not a whole sector stays.
                        int from = (offset + 511) / 512 * 512;
                        int to = (offset + length) / 512 * 512;
                        if (from < to) {
                            Arrays.fill(expected, from, to, (byte) 0);
                        }
                    }
                    default ->
                            assertThat(read(client, offset, length))
                                    .as("seed %d, round %d", seed, round)
                                    .isEqualTo(
                                            Arrays.copyOfRange(expected, offset, offset + length));
                }
            }
            assertThat(read(client, 0, expected.length)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4096, 333})
    void shouldServeMoreThanAPayloadOfThoseWhoKnow(int offset) throws IOException {
        byte[] bytes = random(offset, LONG_BYTES);
        try (RawClient client = connect()) {
            client.request(CMD_WRITE, CMD_FLAG_FUA, 1, offset, bytes.length).payload(bytes).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
            assertThat(Arrays.equals(read(client, offset, bytes.length), bytes)).isTrue();
        }
    }

    @Test
    void shouldSendALongReadInChunksWhereThereAreChunks() throws IOException {
        byte[] bytes = random(3, LONG_BYTES);
        try (RawClient client =
                server.connect().greet().agree(OPT_STRUCTURED_REPLY).goWithoutBlockSizes("disk")) {
            client.request(CMD_WRITE, 0, 1, 333, bytes.length).payload(bytes).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
            client.request(CMD_READ, 0, 2, 333, bytes.length).send();
            int at = 0;
            for (boolean done = false; !done; ) {
                Chunk chunk = client.chunk();
                assertThat(chunk.type()).isEqualTo(REPLY_TYPE_OFFSET_DATA);
                ByteBuffer payload = ByteBuffer.wrap(chunk.payload());
                assertThat(payload.getLong()).isEqualTo(333 + at);
                assertThat(payload).isEqualTo(ByteBuffer.wrap(bytes, at, payload.remaining()));
                at += chunk.payload().length - Long.BYTES;
                done = chunk.done();
            }
            assertThat(at).isEqualTo(bytes.length);
            client.request(CMD_READ, CMD_FLAG_DF, 3, 0, bytes.length).send();
            assertThat(client.chunk().error()).isEqualTo(EOVERFLOW);
            client.request(CMD_READ, CMD_FLAG_DF, 4, 100, 1000).send();
            assertThat(client.chunk().payload()).hasSize(Long.BYTES + 1000);
        }
    }

    @Test
    void shouldSayThatAFewBytesAreZero() throws IOException {
        try (RawClient client =
                server.connect().greet().agree(OPT_STRUCTURED_REPLY).goWithoutBlockSizes("disk")) {
            client.request(CMD_READ, 0, 2, 513, 1).send();
            Chunk chunk = client.chunk();
            assertThat(chunk.type()).isEqualTo(REPLY_TYPE_OFFSET_HOLE);
            assertThat(ByteBuffer.wrap(chunk.payload()).getLong()).isEqualTo(513);
        }
    }

    @Test
    void shouldTellOfTheBlocksOfAnyRange() throws IOException {
        device.write(0, ByteBuffer.allocate(MemoryDevice.PAGE_BYTES), false, error -> {});
        try (RawClient client =
                server.connect()
                        .greet()
                        .agree(OPT_STRUCTURED_REPLY)
                        .select("disk", BASE_ALLOCATION)
                        .goWithoutBlockSizes("disk")) {
            client.request(CMD_BLOCK_STATUS, 0, 2, 100, MemoryDevice.PAGE_BYTES).send();
            ByteBuffer payload = ByteBuffer.wrap(client.chunk().payload());
            assertThat(payload.getInt()).isZero();
            assertThat(payload.getInt()).isEqualTo(MemoryDevice.PAGE_BYTES - 100);
            assertThat(payload.getInt()).isZero();
            assertThat(payload.getInt()).isEqualTo(100);
            assertThat(payload.getInt()).isEqualTo(BlockStatusSource.HOLE | BlockStatusSource.ZERO);
        }
    }

    @Test
    void shouldHangUpWhenALongReadFailsInTheMiddleOfASimpleReply() throws IOException {
        MemoryDevice broken =
                new MemoryDevice(SIZE) {
                    @Override
                    public void read(long offset, ByteBuffer into) throws IOException {
                        if (offset >= 1 << 20) {
                            throw new IOException("a bad sector");
                        }
                        super.read(offset, into);
                    }
                };
        try (TestServer other = new TestServer(broken)) {
            try (RawClient client = other.connect().greet().goWithoutBlockSizes("disk")) {
                client.request(CMD_READ, 0, 1, 2 << 20, LONG_BYTES).send();
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(EIO, 1));
                client.request(CMD_READ, 0, 2, 0, LONG_BYTES).send();
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
                assertThat(client.in.readAllBytes()).hasSize(1 << 20);
            }
            other.assertUnharmed();
        }
    }

    @Test
    void shouldForgetALongWriteCutOff() throws IOException {
        try (RawClient client = connect()) {
            client.request(CMD_WRITE, 0, 3, 0, LONG_BYTES).payload(random(1, 1 << 20)).send();
        }
        server.assertUnharmed();
    }

    @Test
    void shouldHoldThoseToTheBlockSizesWhoAskedForThem() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_READ, 0, 3, 1, 512).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(EINVAL, 3));
        }
    }

    /** The oldest way into transmission, of clients that know no other. */
    @Test
    void shouldServeBytesAfterExportName() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.option(
                    OPT_EXPORT_NAME, "disk".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(client.in.readLong()).isEqualTo(SIZE);
            client.in.readShort();
            client.request(CMD_WRITE, 0, 1, 1, 3).payload(new byte[] {1, 2, 3}).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
            assertThat(read(client, 0, 5)).containsExactly(0, 1, 2, 3, 0);
        }
    }
}
