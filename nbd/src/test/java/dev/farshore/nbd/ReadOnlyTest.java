package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.nbd.RawClient.SimpleReply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

class ReadOnlyTest {
    private final MemoryDevice device = new MemoryDevice(TestServer.SIZE_BYTES, true);

    @Test
    void shouldSayThatAnExportIsReadOnly() throws IOException {
        try (TestServer server = new TestServer(device);
                RawClient client = server.connect().greet()) {
            client.option(OPT_INFO, RawClient.exportRequest("disk"));
            int flags = client.reply().bytes().getShort(10);
            assertThat(flags & FLAG_READ_ONLY).isNotZero();
            assertThat(flags & (FLAG_SEND_TRIM | FLAG_SEND_WRITE_ZEROES)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {CMD_WRITE, CMD_TRIM, CMD_WRITE_ZEROES})
    void shouldNotLetItBeChanged(int command) throws IOException {
        try (TestServer server = new TestServer(device);
                RawClient client = server.connectToDisk()) {
            client.request(command, 0, 1, 0, 512);
            if (command == CMD_WRITE) {
                client.payload(new byte[512]);
            }
            client.send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(EPERM, 1));
            client.request(CMD_READ, 0, 2, 0, 512).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
        }
    }
}
