package dev.farshore.bench.peer;

import com.fasterxml.jackson.databind.JsonNode;

import dev.farshore.nbd.client.NbdUri;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** QEMU's own block server on a raw file, with its mirror job where asked for. */
public final class QemuStorageDaemon implements AutoCloseable {
    private static final String PROGRAM = "qemu-storage-daemon";
    private static final String SOURCE = "source";
    private static final String TARGET = "target";
    private static final String EXPORT = "disk";

    private final ServerProgram program;
    private final QmpClient qmp;
    private final NbdUri uri;

    private QemuStorageDaemon(ServerProgram program, QmpClient qmp, NbdUri uri) {
        this.program = program;
        this.qmp = qmp;
        this.uri = uri;
    }

    public static boolean isInstalled() {
        return ServerProgram.isInstalled(PROGRAM);
    }

    /**
     * @param image served
     * @param mirror another file of the same size, for {@link #mirror}
     */
    public static QemuStorageDaemon serve(Path image, Path mirror, Path folder)
            throws IOException, InterruptedException {
        Path socket = folder.resolve("qemu.sock");
        Path monitor = folder.resolve("qmp.sock");
        ServerProgram program =
                ServerProgram.start(
                        List.of(
                                PROGRAM,
                                "--blockdev",
                                blockdev(SOURCE, image),
                                "--blockdev",
                                blockdev(TARGET, mirror),
                                "--nbd-server",
                                "addr.type=unix,addr.path=" + socket,
                                "--chardev",
                                "socket,id=qmp,server=on,wait=off,path=" + monitor,
                                "--monitor",
                                "chardev=qmp",
                                "--export",
                                "type=nbd,id=export,writable=on,node-name=%s,name=%s"
                                        .formatted(SOURCE, EXPORT)),
                        socket,
                        folder.resolve("qemu.log"));
        boolean connected = false;
        try {
            QmpClient qmp = QmpClient.connect(monitor);
            connected = true;
            return new QemuStorageDaemon(
                    program, qmp, NbdUri.parse("nbd+unix:///" + EXPORT + "?socket=" + socket));
        } finally {
            if (!connected) {
                program.close();
            }
        }
    }

    private static String blockdev(String node, Path file) {
        return "driver=file,node-name=%s,filename=%s".formatted(node, file);
    }

    public NbdUri uri() {
        return uri;
    }

    /**
     * Mirrors every write from now on in the background, as for the live migration of a disk. It
     * does not copy what is there already: both files are taken to be the same.
     */
    public void mirror() throws IOException {
        qmp.execute(
                "blockdev-mirror",
                Map.of("job-id", "mirror", "device", SOURCE, "target", TARGET, "sync", "none"));
    }

    /** Returns when the mirror has caught up: from then on nothing goes on here. */
    public void awaitMirrored() throws IOException, InterruptedException {
        while (true) {
            JsonNode jobs = qmp.execute("query-block-jobs", Map.of());
            JsonNode job = jobs.path(0);
            if (!job.path("busy").asBoolean()
                    && job.path("offset").asLong() == job.path("len").asLong()) {
                return;
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() {
        qmp.close();
        program.close();
    }
}
