package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Throws almost-right input at a server: every client speaks the protocol with mistakes. Whatever
 * they do, the server must neither hang nor leak nor run into a defect of its own.
 *
 * <p>{@code -Dfarshore.fuzz.seconds=N} sets how long, {@code -Dfarshore.fuzz.seed=N} repeats a run.
 */
@Tag("slow")
class NbdFuzzTest {
    private static final Duration TIME =
            Duration.ofSeconds(Long.getLong("farshore.fuzz.seconds", 10));
    private static final int CLIENTS = 4;
    private static final int SIZE = 1 << 20;

    private final ListAppender<ILoggingEvent> defects = new ListAppender<>();
    private final AtomicLong inputs = new AtomicLong();
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(new MemoryDevice(SIZE));
        Logger logger = (Logger) LoggerFactory.getLogger("dev.farshore.nbd");
        defects.start();
        logger.addAppender(defects);
    }

    @AfterEach
    void close() {
        ((Logger) LoggerFactory.getLogger("dev.farshore.nbd")).detachAppender(defects);
        server.close();
    }

    @Test
    void shouldSurviveWhateverClientsSend() throws Exception {
        long seed = Long.getLong("farshore.fuzz.seed", System.nanoTime());
        System.out.println("NBD fuzz seed " + seed);
        // Every refused client would be a line: only what goes wrong is of interest here.
        Logger root = (Logger) LoggerFactory.getLogger("dev.farshore.nbd");
        Level before = root.getLevel();
        root.setLevel(Level.ERROR);
        try {
            fuzz(seed);
        } finally {
            root.setLevel(before);
        }
        System.out.println("NBD fuzz: " + inputs + " inputs");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            assertThat(server.server.connections()).isZero();
                            assertThat(server.server.payloadBytesInFlight()).isZero();
                        });
        server.assertUnharmed();
        // A client that is refused is a warning, one that comes or goes a note: no defects.
        assertThat(defects.list)
                .as("seed %d", seed)
                .noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.ERROR));
        assertThat(inputs).hasPositiveValue();
    }

    private void fuzz(long seed) throws InterruptedException {
        long endNanos = System.nanoTime() + TIME.toNanos();
        Thread[] clients = new Thread[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            Random random = new Random(seed + i);
            clients[i] =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (System.nanoTime() - endNanos < 0) {
                                            attack(random);
                                        }
                                    });
        }
        for (Thread client : clients) {
            client.join(TIME.plusSeconds(60));
            assertThat(client.isAlive()).as("a client hangs, seed %d", seed).isFalse();
        }
    }

    /** One connection: some options, perhaps a go, some requests, then gone. */
    private void attack(Random random) {
        ByteBuffer out = ByteBuffer.allocate(1 << 20);
        putFlags(out, random);
        int options = random.nextInt(8);
        for (int i = 0; i < options; i++) {
            putOption(out, random);
        }
        boolean extended = random.nextInt(4) == 0;
        if (random.nextInt(4) != 0) {
            if (extended) {
                putHeader(out, OPT_EXTENDED_HEADERS, 0);
            } else if (random.nextBoolean()) {
                putHeader(out, OPT_STRUCTURED_REPLY, 0);
            }
            if (random.nextBoolean()) {
                putData(out, OPT_SET_META_CONTEXT, contexts("disk", "base:allocation"));
            }
            putData(out, OPT_GO, RawClient.exportRequest("disk"));
            int requests = random.nextInt(200);
            for (int i = 0; i < requests && out.remaining() > 70_000; i++) {
                putRequest(out, random, extended);
            }
        }
        corrupt(out, random);
        out.flip();
        send(out, random);
    }

    private static byte[] contexts(String export, String query) {
        return RawClient.contextRequest(export, query);
    }

    private void putFlags(ByteBuffer out, Random random) {
        out.putInt(random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(4));
        inputs.incrementAndGet();
    }

    private void putHeader(ByteBuffer out, int option, int length) {
        inputs.incrementAndGet();
        out.putLong(OPTION_MAGIC).putInt(option).putInt(length);
    }

    private void putData(ByteBuffer out, int option, byte[] data) {
        putHeader(out, option, data.length);
        out.put(data);
    }

    private void putOption(ByteBuffer out, Random random) {
        int option = random.nextInt(14);
        // These end the negotiation: seldom, or the rest would never be reached.
        if ((option == OPT_EXPORT_NAME || option == OPT_ABORT) && random.nextInt(5) != 0) {
            option = OPT_INFO;
        }
        String[] names = {"disk", "", "dusk", "x".repeat(5000), "\0", "é"};
        String name = names[random.nextInt(names.length)];
        switch (random.nextInt(4)) {
            case 0 -> putData(out, option, RawClient.exportRequest(name, 0, 1, 2, 3, 9));
            case 1 -> putData(out, option, contexts(name, "base:" + name));
            case 2 -> putHeader(out, option, 0);
            default -> {
                byte[] noise = new byte[random.nextInt(64)];
                random.nextBytes(noise);
                putData(out, option, noise);
            }
        }
    }

    private void putRequest(ByteBuffer out, Random random, boolean extended) {
        inputs.incrementAndGet();
        int command = random.nextInt(10);
        if (command == CMD_DISC && random.nextInt(50) != 0) {
            command = CMD_WRITE;
        }
        int flags = random.nextInt(3) == 0 ? random.nextInt(64) : 0;
        long offset = edge(random);
        long length = random.nextInt(10) == 0 ? edge(random) : random.nextInt(64) * 512L;
        boolean payload = extended ? (flags & CMD_FLAG_PAYLOAD_LEN) != 0 : command == CMD_WRITE;
        if (extended && command == CMD_WRITE) {
            flags |= CMD_FLAG_PAYLOAD_LEN;
            payload = true;
        }
        if (payload) {
            length = random.nextInt(20) == 0 ? random.nextInt(60) : Math.floorMod(length, 32_769);
        }
        out.putInt(extended ? EXTENDED_REQUEST_MAGIC : REQUEST_MAGIC);
        out.putShort((short) flags).putShort((short) command);
        out.putLong(random.nextLong()).putLong(offset);
        if (extended) {
            out.putLong(length);
        } else {
            out.putInt((int) length);
        }
        if (payload) {
            out.position(out.position() + (int) length);
        }
    }

    private static long edge(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextLong();
            case 1 -> Long.MAX_VALUE - random.nextInt(1024);
            case 2 -> SIZE - 512L * random.nextInt(4);
            case 3 -> random.nextInt();
            default -> random.nextInt(SIZE / 512) * 512L;
        };
    }

    /** Mostly nothing, sometimes a few bytes somewhere. */
    private static void corrupt(ByteBuffer out, Random random) {
        if (random.nextInt(3) != 0) {
            return;
        }
        for (int i = random.nextInt(4); i >= 0; i--) {
            out.put(random.nextInt(out.position()), (byte) random.nextInt());
        }
    }

    /** Sends in pieces, reading nothing, all, or something of what comes back. */
    private void send(ByteBuffer out, Random random) {
        try (Socket socket = new Socket()) {
            socket.connect((InetSocketAddress) server.address());
            socket.setSoTimeout(20_000);
            Thread drain = null;
            if (random.nextInt(4) != 0) {
                drain = Thread.ofVirtual().start(() -> drain(socket));
            }
            int cut = random.nextInt(5) == 0 ? random.nextInt(out.limit()) : out.limit();
            while (out.position() < cut) {
                int piece = Math.min(cut - out.position(), 1 + random.nextInt(60_000));
                socket.getOutputStream().write(out.array(), out.position(), piece);
                out.position(out.position() + piece);
            }
            if (random.nextBoolean()) {
                socket.shutdownOutput();
                if (drain != null) {
                    drain.join();
                }
            }
        } catch (IOException e) {
            // The server hung up, as it may.
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void drain(Socket socket) {
        byte[] bytes = new byte[1 << 16];
        try {
            while (socket.getInputStream().read(bytes) >= 0) {}
        } catch (IOException e) {
            // Gone.
        }
    }
}
