package dev.farshore.bench.peer;

import dev.farshore.nbd.client.NbdUri;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** nbdkit with its file plugin: a plain block server on a raw file. */
public final class Nbdkit implements AutoCloseable {
    private static final String PROGRAM = "nbdkit";

    private final ServerProgram program;
    private final NbdUri uri;

    private Nbdkit(ServerProgram program, NbdUri uri) {
        this.program = program;
        this.uri = uri;
    }

    public static boolean isInstalled() {
        return ServerProgram.isInstalled(PROGRAM);
    }

    public static Nbdkit serve(Path image, Path folder) throws IOException, InterruptedException {
        Path socket = folder.resolve("nbdkit.sock");
        return new Nbdkit(
                ServerProgram.start(
                        List.of(
                                PROGRAM,
                                "--foreground",
                                "--unix",
                                socket.toString(),
                                "file",
                                image.toString()),
                        socket,
                        folder.resolve("nbdkit.log")),
                NbdUri.parse("nbd+unix:///?socket=" + socket));
    }

    public NbdUri uri() {
        return uri;
    }

    @Override
    public void close() {
        program.close();
    }
}
