package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.nbd.RawClient.SimpleReply;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

class RequestObserverTest {
    private final List<String> told = new CopyOnWriteArrayList<>();

    private final class ObservedDevice extends MemoryDevice {
        private final @Nullable IOException failure;

        ObservedDevice(@Nullable IOException failure) {
            super(TestServer.SIZE_BYTES);
            this.failure = failure;
        }

        @Override
        public void flush(Completion done) {
            if (failure == null) {
                super.flush(done);
            } else {
                done.complete(failure);
            }
        }

        @Override
        public RequestObserver observer() {
            return new RequestObserver() {
                @Override
                public void answered(Operation operation, long nanos) {
                    told.add(operation + (nanos > 0 ? " answered" : " answered before it came"));
                }

                @Override
                public void failed(Operation operation) {
                    told.add(operation + " failed");
                }
            };
        }
    }

    /** Before its reply is sent, so that who has the reply finds it told. */
    @ParameterizedTest
    @CsvSource({
        CMD_READ + ",READ",
        CMD_WRITE + ",WRITE",
        CMD_FLUSH + ",FLUSH",
        CMD_TRIM + ",TRIM",
        CMD_WRITE_ZEROES + ",ZERO"
    })
    void shouldBeToldOfWhatAGuestAsksFor(int command, String operation) throws IOException {
        try (TestServer server = new TestServer(new ObservedDevice(null));
                RawClient client = server.connectToDisk()) {
            client.request(command, 0, 1, 0, command == CMD_FLUSH ? 0 : 512);
            if (command == CMD_WRITE) {
                client.payload(new byte[512]);
            }
            client.send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
            assertThat(told).containsExactly(operation + " answered");
        }
    }

    @Test
    void shouldBeToldOfErrorsOfTheDeviceAndOfRequestsThatAreRefused() throws IOException {
        try (TestServer server = new TestServer(new ObservedDevice(new IOException("broken")));
                RawClient client = server.connectToDisk()) {
            client.request(CMD_FLUSH, 0, 1, 0, 0).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(EIO, 1));
            client.request(CMD_TRIM, 0, 2, TestServer.SIZE_BYTES, 512).send();
            client.simpleReply();
            assertThat(told).containsExactly("FLUSH failed", "TRIM failed");
        }
    }

    @Test
    void shouldNotBeToldWhereTheClientIsDisconnectedInsteadOfAnError() throws IOException {
        DeviceException elsewhere =
                new DeviceException(DeviceException.Kind.SHUTTING_DOWN, "not here any more");
        try (TestServer server = new TestServer(new ObservedDevice(elsewhere));
                RawClient client = server.connectToDisk()) {
            client.request(CMD_FLUSH, 0, 1, 0, 0).send();
            assertThatThrownBy(client::simpleReply).isInstanceOf(IOException.class);
        }
        assertThat(told).isEmpty();
    }
}
