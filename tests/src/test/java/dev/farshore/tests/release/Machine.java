package dev.farshore.tests.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.RealTools;

import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Debian with systemd as its first process, in namespaces of its own, but on this machine's
 * network: what listens on loopback here is reached from there.
 *
 * <p>Threading: one thread. Ownership: whoever booted it closes it, which ends all its processes.
 */
final class Machine implements AutoCloseable {
    private static final Duration BOOT_LIMIT = Duration.ofMinutes(1);
    private static final Path DEBIAN = Path.of("target/debian-with-systemd.tar");
    private static final Path SOURCES = Path.of("/etc/apt/sources.list.d/debian.sources");

    private final Path root;
    private final ChildProgram container;
    private final String init;

    private Machine(Path root, ChildProgram container, String init) {
        this.root = root;
        this.container = container;
        this.init = init;
    }

    /** Ends the test where a machine can't be had: skipped, or failed in a check. */
    static void require() throws IOException, InterruptedException {
        for (String tool : List.of("mmdebstrap", "systemd-nspawn", "nsenter", "dpkg-deb")) {
            RealTools.require(tool);
        }
        RealTools.Result unshared = RealTools.run("unshare", "--mount", "--pid", "--fork", "true");
        if (unshared.status() != 0) {
            throw new TestAbortedException("namespaces are not to be had: " + unshared.output());
        }
    }

    /**
     * Returns when its system is up.
     *
     * @param folder where its files go
     */
    static Machine boot(Path folder) throws IOException, InterruptedException {
        Path root = Files.createDirectory(folder.resolve("root"));
        RealTools.succeed("tar", "-C", root.toString(), "-xf", debian().toString());
        ChildProgram container =
                ChildProgram.start(
                        folder.resolve("console"),
                        List.of(
                                RealTools.require("systemd-nspawn").toString(),
                                "--boot",
                                "--register=no",
                                "--keep-unit",
                                "--console=pipe",
                                "--machine=farshore-" + ProcessHandle.current().pid(),
                                "--directory=" + root));
        try {
            String init =
                    await("a first process")
                            .atMost(BOOT_LIMIT)
                            .until(() -> firstChild(container), pid -> !pid.isEmpty());
            Machine machine = new Machine(root, container, init);
            await("boot")
                    .atMost(BOOT_LIMIT)
                    .until(
                            () -> machine.run("systemctl", "is-system-running").output().strip(),
                            "running"::equals);
            return machine;
        } catch (RuntimeException | AssertionError e) {
            System.out.println(container.output());
            container.close();
            throw e;
        }
    }

    /** Kept for the next run. */
    private static Path debian() throws IOException, InterruptedException {
        if (!Files.exists(DEBIAN)) {
            Path part = Path.of(DEBIAN + ".part");
            // Where this machine gets Debian from, if it is one.
            boolean isSameDebian =
                    Files.exists(SOURCES) && Files.readString(SOURCES).contains("bookworm");
            RealTools.succeed(
                    "mmdebstrap",
                    Stream.concat(
                                    Stream.of(
                                            "--quiet",
                                            "--format=tar",
                                            "--variant=minbase",
                                            "--include=systemd,adduser",
                                            "--aptopt=Acquire::Check-Valid-Until \"false\"",
                                            "bookworm",
                                            part.toString()),
                                    isSameDebian ? Stream.of(SOURCES.toString()) : Stream.of())
                            .toArray(String[]::new));
            Files.move(part, DEBIAN, StandardCopyOption.ATOMIC_MOVE);
        }
        return DEBIAN.toAbsolutePath();
    }

    private static String firstChild(ChildProgram container) throws IOException {
        String pid = Long.toString(container.pid());
        String children = Files.readString(Path.of("/proc", pid, "task", pid, "children"));
        return children.strip().split(" ")[0];
    }

    /** Runs a command as its root, to the end. */
    RealTools.Result run(String... command) throws IOException, InterruptedException {
        return RealTools.run(
                "nsenter",
                Stream.concat(
                                Stream.of(
                                        "--target=" + init,
                                        "--mount",
                                        "--uts",
                                        "--ipc",
                                        "--pid",
                                        "--root",
                                        "--wd"),
                                Stream.of(command))
                        .toArray(String[]::new));
    }

    /** Returns what it printed; it has to succeed. */
    String succeed(String... command) throws IOException, InterruptedException {
        RealTools.Result result = run(command);
        assertThat(result.status())
                .as("exit status of %s: %s", List.of(command), result.output())
                .isZero();
        return result.output().strip();
    }

    /** A property of a unit, as {@code systemctl show} prints it. */
    String unit(String unit, String property) throws IOException, InterruptedException {
        return succeed("systemctl", "show", "--value", "--property=" + property, unit);
    }

    /** A file of it, for this machine's programs. */
    Path file(String path) {
        return root.resolve(path.substring(1));
    }

    /** What its services said. */
    String journal() throws IOException, InterruptedException {
        return run("journalctl", "--no-pager", "--lines=200").output();
    }

    /** Shuts it down; what is left of it then is killed. */
    @Override
    public void close() {
        try {
            container.signal("TERM");
            container.awaitExit(Duration.ofSeconds(40));
        } catch (IOException | AssertionError e) {
            System.out.println("the machine is killed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            container.close();
        }
        try {
            // JUnit warns of each link in it that leads out of the folder.
            RealTools.run("rm", "-rf", "--one-file-system", root.toString());
        } catch (IOException e) {
            System.out.println("the machine's files stay: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
