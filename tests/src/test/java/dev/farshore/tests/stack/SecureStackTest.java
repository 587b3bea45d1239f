package dev.farshore.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.RealTools;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The stack with {@code compose.secure.yaml}: with no more permissions than {@code farshore acls}
 * gives, and over TLS throughout, a disk is written, its VM handed over, and the disk read.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.OWN_CONTAINERS)
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class SecureStackTest {
    private static final Path CERTIFICATES =
            Path.of("../compose/secure/made/client").toAbsolutePath().normalize();
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String VVOL = "secure";

    @Test
    void shouldWriteAndHandOverWithTlsAndLogins() throws Exception {
        try (ComposeStack stack =
                        ComposeStack.prepare(
                                "secure",
                                List.of("compose.yaml", "compose.secure.yaml"),
                                Map.of());
                StackApi api = new StackApi(stack)) {
            try {
                stack.makeCertificates();
                System.out.printf(
                        "SecureStackTest: up and healthy after %d s%n", stack.up().toSeconds());
                run(stack, api);
            } catch (Exception | AssertionError e) {
                System.out.println(stack.logs());
                throw e;
            }
        }
    }

    private static void run(ComposeStack stack, StackApi api) throws Exception {
        api.post(
                "volumes",
                new NewVolume(VVOL, 64L << 20, "a", null, 16L << 20),
                VolumeReport.class);
        api.post("vms", new NewVm(VVOL, List.of(VVOL)), VmReport.class);
        String owner = awaitServed(api);
        qemuIo(stack, owner, "write -P 171 1M 2M", "flush");

        RealTools.Result withoutTls =
                RealTools.run(
                        "qemu-img",
                        "info",
                        "nbd://127.0.0.1:%d/%s".formatted(stack.nbdPort(owner), VVOL));
        assertThat(withoutTls.status()).as(withoutTls.output()).isNotZero();

        MigrationReport started =
                api.post(
                        "vms/" + VVOL + "/migrations",
                        new NewMigration("b", null),
                        MigrationReport.class);
        MigrationReport over =
                await("migration")
                        .atMost(LIMIT)
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(
                                () -> api.get("migrations/" + started.id(), MigrationReport.class),
                                MigrationReport::over);
        assertThat(over.hasFinished()).as("%s", over).isTrue();
        qemuIo(stack, awaitServed(api), "read -P 171 1M 2M", "read -P 0 3M 1M");
    }

    private static String awaitServed(StackApi api) {
        return await("served")
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> api.servingNode(VVOL), node -> !node.isEmpty());
    }

    /** Fails if a pattern that is read is not there. */
    private static void qemuIo(ComposeStack stack, String node, String... commands)
            throws Exception {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--object",
                                "tls-creds-x509,id=tls,endpoint=client,dir=" + CERTIFICATES,
                                "--image-opts"));
        for (String command : commands) {
            arguments.addAll(List.of("-c", command));
        }
        arguments.add(
                "driver=nbd,server.type=inet,server.host=localhost,server.port=%d,export=%s,tls-creds=tls"
                        .formatted(stack.nbdPort(node), VVOL));
        String output = RealTools.succeed("qemu-io", arguments.toArray(String[]::new));
        assertThat(output).doesNotContain("Pattern verification failed");
    }
}
