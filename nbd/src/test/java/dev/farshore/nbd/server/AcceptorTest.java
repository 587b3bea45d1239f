package dev.farshore.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdListener;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

class AcceptorTest {
    private static final Exports NOTHING =
            new Exports() {
                @Override
                public List<Description> list() {
                    return List.of();
                }

                @Override
                public BlockDevice open(String name, Client client)
                        throws ExportUnavailableException {
                    throw new ExportUnavailableException(
                            ExportUnavailableException.Kind.UNKNOWN, "nothing is here");
                }
            };

    private final AtomicLong freeDescriptors = new AtomicLong(1_000);
    private final Logger log = (Logger) LoggerFactory.getLogger(Acceptor.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    AcceptorTest() {
        logged.start();
        log.addAppender(logged);
    }

    @AfterEach
    void stopLogging() {
        log.detachAppender(logged);
    }

    @Test
    void shouldLeaveDescriptorsToTheRestOfTheNodeAndSayItOnce() throws IOException {
        try (NbdServer server =
                new NbdServer(
                        NOTHING,
                        List.of(NbdListener.tcp("127.0.0.1", 0)),
                        NbdLimits.defaults(),
                        new FileDescriptors(freeDescriptors::get))) {
            server.start();
            assertThat(isGreeted(server)).isTrue();

            freeDescriptors.set(FileDescriptors.RESERVED - 1);
            for (int i = 0; i < 20; i++) {
                assertThat(isGreeted(server)).isFalse();
            }
            freeDescriptors.set(FileDescriptors.RESERVED);
            assertThat(isGreeted(server)).isTrue();
        }
        assertThat(logged.list)
                .extracting(ILoggingEvent::getMessage)
                .containsExactly("takes no more clients", "takes clients again");
    }

    private static boolean isGreeted(NbdServer server) throws IOException {
        int port = ((InetSocketAddress) server.addresses().getFirst()).getPort();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return client.getInputStream().read() >= 0;
        }
    }
}
