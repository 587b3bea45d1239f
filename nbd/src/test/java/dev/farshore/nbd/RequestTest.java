package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.nbd.RawClient.SimpleReply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** Transmission with simple replies: what is done, and what is refused how. */
@Tag("slow")
class RequestTest {
    private static final long SIZE = TestServer.SIZE_BYTES;

    private final MemoryDevice device = new MemoryDevice(SIZE);
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(device);
    }

    @AfterEach
    void closeUnharmed() throws IOException {
        server.assertUnharmed();
        server.close();
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"512, 0", "4096, 4096", "65536, 512", "300032, 70144", "33554432, 1048576"})
    void shouldReadWhatWasWritten(int length, long offset) throws IOException {
        byte[] written = pattern(length);
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE, 0, 11, offset, length).payload(written).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 11));
            client.request(CMD_READ, 0, 12, offset, length).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 12));
            assertThat(client.in.readNBytes(length)).isEqualTo(written);
        }
    }

    @Test
    void shouldTakeInManyRequestsSentAtOnce() throws IOException {
        int count = 100;
        try (RawClient client = server.connectToDisk()) {
            for (int i = 0; i < count; i++) {
                client.request(CMD_WRITE, 0, i, i * 4096L, 4096).payload(pattern(4096));
            }
            client.send();
            for (int i = 0; i < count; i++) {
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, i));
            }
        }
        assertThat(device.pages).hasSize((count * 4096 - 1) / MemoryDevice.PAGE_BYTES + 1);
    }

    @Test
    void shouldTakeInARequestThatArrivesByteByByte() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            ByteBuffer wire = ByteBuffer.allocate(REQUEST_BYTES + 512);
            wire.putInt(REQUEST_MAGIC).putShort((short) 0).putShort((short) CMD_WRITE);
            wire.putLong(5).putLong(0).putInt(512);
            for (byte single : wire.array()) {
                client.out.write(single);
                client.send();
            }
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 5));
        }
    }

    @Test
    void shouldHandFlushAndForcedUnitAccessToTheDevice() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE, CMD_FLAG_FUA, 1, 0, 512).payload(pattern(512)).send();
            client.simpleReply();
            client.request(CMD_FLUSH, 0, 2, 0, 0).send();
            client.simpleReply();
        }
        assertThat(device.stableWrites).hasValue(1);
        assertThat(device.flushes).hasValue(1);
    }

    @Test
    void shouldZeroAndTrim() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE, 0, 1, 0, 1 << 20).payload(pattern(1 << 20)).send();
            client.simpleReply();
            client.request(CMD_WRITE_ZEROES, CMD_FLAG_NO_HOLE, 2, 0, 1 << 19).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
            client.request(CMD_TRIM, 0, 3, 1 << 19, 1 << 19).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 3));
            client.request(CMD_READ, 0, 4, 0, 1 << 20).send();
            client.simpleReply();
            assertThat(client.in.readNBytes(1 << 20)).containsOnly(0);
        }
        assertThat(device.keptZeroes).hasValue(1);
        assertThat(device.pages).hasSize((1 << 19) / MemoryDevice.PAGE_BYTES);
    }

    @Test
    void shouldZeroMoreThanAPayloadMayHold() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE_ZEROES, CMD_FLAG_FAST_ZERO, 2, 0, (int) SIZE).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
        }
    }

    @Test
    void shouldAcceptACacheHint() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_CACHE, 0, 2, 4096, 4096).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
        }
    }

    @ParameterizedTest(name = "command {0} flags {1} offset {2} length {3}: error {4}")
    @CsvSource({
        // Nothing to do, or not in whole blocks.
        "0, 0, 0, 0, 22",
        "4, 0, 0, 0, 22",
        "6, 0, 4096, 0, 22",
        "0, 0, 1, 512, 22",
        "0, 0, 0, 511, 22",
        "4, 0, 513, 512, 22",
        // Outside: only what writes has run out of space.
        "0, 0, 1073741824, 512, 22",
        "0, 0, 1073741312, 1024, 22",
        "0, 0, -512, 512, 22",
        "0, 0, 9223372036854775296, 4096, 22",
        "4, 0, 1073741824, 512, 22",
        "5, 0, 1073741824, 512, 22",
        "6, 0, 1073741312, 1024, 28",
        "6, 0, -512, 512, 28",
        // Too long for one payload.
        "0, 0, 0, 33554944, 22",
        // Flags that the command, or the connection, does not have.
        "0, 2, 0, 512, 22",
        "0, 4, 0, 512, 22",
        "4, 2, 0, 512, 22",
        "6, 32, 0, 512, 22",
        "3, 16, 0, 0, 22",
        "0, 128, 0, 512, 22",
        // A flush has no range.
        "3, 0, 512, 0, 22",
        "3, 0, 0, 512, 22",
        // Not negotiated, or no command at all.
        "7, 0, 0, 512, 22",
        "8, 0, 0, 512, 22",
        "65535, 0, 0, 512, 22",
        // Forced unit access is valid, if meaningless, with everything.
        "3, 1, 0, 0, 0",
        "5, 1, 0, 512, 0",
    })
    void shouldAnswerWithTheProtocolsError(
            int command, int flags, long offset, int length, int error) throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(command, flags, 3, offset, length).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(error, 3));
            client.request(CMD_FLUSH, 0, 4, 0, 0).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 4));
        }
    }

    @ParameterizedTest(name = "flags {0} offset {1} length {2}: error {3}")
    @CsvSource({
        "0, 0, 0, 22",
        "0, 256, 512, 22",
        "0, 0, 100, 22",
        "0, 1073741824, 512, 28",
        "0, 1073741312, 1024, 28",
        "0, -4096, 4096, 28",
        "2, 0, 512, 22",
        "32, 0, 512, 22",
    })
    void shouldSkipThePayloadOfAWriteItRefuses(int flags, long offset, int length, int error)
            throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE, flags, 3, offset, length).payload(pattern(length)).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(error, 3));
            client.request(CMD_FLUSH, 0, 4, 0, 0).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 4));
        }
        assertThat(device.pages).isEmpty();
    }

    @Test
    void shouldHangUpOnAPayloadThatCanOnlyBeAnAttack() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE, 0, 3, 0, -512).send();
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldHangUpOnWhatIsNoRequest() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_FLUSH, 0, 3, 0, 0).payload(pattern(REQUEST_BYTES)).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 3));
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldForgetAWriteCutOff() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE, 0, 3, 0, 1 << 20).payload(pattern(1 << 18)).send();
        }
        server.assertUnharmed();
        assertThat(device.pages).isEmpty();
    }

    @Test
    void shouldForgetARefusedWriteCutOff() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_WRITE, 0, 3, 100, 1 << 20).payload(pattern(1 << 18)).send();
        }
        server.assertUnharmed();
    }

    @Test
    void shouldAnswerEverythingBeforeItHangsUpWhenAsked() throws IOException {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_READ, 0, 1, 0, 1 << 20);
            client.request(CMD_FLUSH, 0, 2, 0, 0);
            client.request(CMD_DISC, 0, 3, 0, 0).send();
            long cookies = 0;
            for (int i = 0; i < 2; i++) {
                SimpleReply reply = client.simpleReply();
                cookies += reply.cookie();
                if (reply.cookie() == 1) {
                    client.in.readNBytes(1 << 20);
                }
            }
            assertThat(cookies).isEqualTo(3);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }
}
