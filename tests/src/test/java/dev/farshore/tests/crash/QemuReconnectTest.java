package dev.farshore.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.RealTools;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * qemu's block layer with {@code reconnect-delay}, as a VM has it, through kills: its guest, which
 * is fio here, sees no error and finds all it has written.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class QemuReconnectTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String VVOL = "qemu-disk";
    private static final long SIZE_BYTES = 64L << 20;
    private static final int KILLS = 2;

    @Test
    void shouldCarryAGuestThroughKillsOfTheNode(@TempDir Path folder) throws Exception {
        RealTools.require("fio");
        Path socket = folder.resolve("guest.sock");
        try (KafkaEnvironment kafka =
                        KafkaEnvironment.start(
                                KafkaEnvironment.Setup.withoutRegistry(folder.resolve("kafka")));
                CaptureProcess capture =
                        new CaptureProcess(
                                folder.resolve("capture"),
                                withTopics(kafka),
                                VVOL,
                                SIZE_BYTES,
                                4L << 20,
                                "LOG")) {
            capture.start();
            try (ChildProgram qemu = qemuNbd(folder, socket, capture);
                    ChildProgram fio = fio(folder, socket)) {
                for (int kill = 0; kill < KILLS; kill++) {
                    Thread.sleep(1500);
                    capture.kill();
                    Thread.sleep(500);
                    capture.start();
                }
                assertThat(fio.awaitExit(PATIENCE.multipliedBy(2)))
                        .as("%s%n%s", fio.output(), qemu.output())
                        .isZero();
                assertThat(fio.output()).contains("err= 0");
            }
        }
    }

    private static String withTopics(KafkaEnvironment kafka) throws Exception {
        Brokers.createTopics(kafka.bootstrapServers());
        return kafka.bootstrapServers();
    }

    private static ChildProgram qemuNbd(Path folder, Path socket, CaptureProcess capture)
            throws Exception {
        ChildProgram qemu =
                ChildProgram.start(
                        folder.resolve("qemu-nbd.log"),
                        List.of(
                                RealTools.require("qemu-nbd").toString(),
                                "--persistent",
                                "--shared=4",
                                "--socket=" + socket,
                                "--image-opts",
                                "driver=raw,file.driver=nbd,file.server.type=unix"
                                        + ",file.server.path="
                                        + capture.socket()
                                        + ",file.export="
                                        + VVOL
                                        + ",file.reconnect-delay=60"));
        await().atMost(PATIENCE).until(() -> Files.exists(socket));
        return qemu;
    }

    /** Writes for some seconds, then reads all of it back and compares. */
    private static ChildProgram fio(Path folder, Path socket) throws Exception {
        return ChildProgram.start(
                folder.resolve("fio.log"),
                List.of(
                        RealTools.require("fio").toString(),
                        "--name=guest",
                        "--ioengine=nbd",
                        "--uri=nbd+unix:///?socket=" + socket,
                        "--rw=randwrite",
                        "--bs=4k",
                        "--iodepth=16",
                        "--size=32m",
                        "--rate_iops=1000",
                        "--fsync=100",
                        "--verify=crc32c",
                        "--verify_fatal=1",
                        "--verify_state_save=0"));
    }
}
