package dev.farshore.capture.seed;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A disk image to import. A raw one is read where it is. A qcow2 one is first converted to a sparse
 * raw file in the node's own folder, by {@code qemu-img}: an import needs random reads while it
 * runs.
 *
 * <p>Threading: one thread opens it; any other may {@link #stop} that.
 */
public final class ImportFile {
    private static final Logger log = LoggerFactory.getLogger(ImportFile.class);
    private static final Pattern VIRTUAL_SIZE = Pattern.compile("\"virtual-size\": (\\d+)");
    private static final Pattern REQUIRED = Pattern.compile("\"required\": (\\d+)");

    private final Path path;
    private final String format;
    private final Path scratch;
    private final ImportRules rules;

    /** Guards the fields below. */
    private final Object life = new Object();

    private @Nullable Process running;
    private boolean isStopped;

    /**
     * @param path at this node
     * @param format {@code raw} or {@code qcow2}
     * @param scratch where to put the raw file it is converted to; {@link #discard} deletes it
     * @param rules what may be imported
     */
    public ImportFile(Path path, String format, Path scratch, ImportRules rules) {
        this.path = path;
        this.format = format;
        this.scratch = scratch;
        this.rules = rules;
    }

    /**
     * Makes it readable, which may take long.
     *
     * @param volumeBytes size of the volume it goes into
     */
    public SeedSource open(long volumeBytes) throws IOException {
        Path file = rules.require(path);
        return switch (format) {
            case "raw" -> {
                requireFits(Files.size(file), volumeBytes);
                yield FileSource.open(file);
            }
            case "qcow2" -> FileSource.open(converted(file, volumeBytes));
            default ->
                    throw new SeedRefusedException(
                            "import of %s: format %s is not known, known are raw and qcow2"
                                    .formatted(path, format));
        };
    }

    private void requireFits(long imageBytes, long volumeBytes) throws SeedRefusedException {
        if (imageBytes > volumeBytes) {
            throw new SeedRefusedException(
                    "import of %s: the disk has %d bytes, the volume only %d"
                            .formatted(path, imageBytes, volumeBytes));
        }
    }

    private Path converted(Path file, long volumeBytes) throws IOException {
        if (Files.exists(scratch)) {
            return scratch; // complete: it gets this name at the end
        }
        rules.requireWhole(file);
        requireFits(
                number(VIRTUAL_SIZE, "info", "--output=json", "-f", format, file.toString()),
                volumeBytes);
        Files.createDirectories(scratch.toAbsolutePath().getParent());
        long freeBytes = Files.getFileStore(scratch.toAbsolutePath().getParent()).getUsableSpace();
        long neededBytes =
                number(
                        REQUIRED,
                        "measure",
                        "--output=json",
                        "-f",
                        format,
                        "-O",
                        "raw",
                        file.toString());
        if (neededBytes > freeBytes) {
            throw new IOException(
                    "import of %s: %d bytes are needed in %s, %d are free"
                            .formatted(path, neededBytes, scratch.getParent(), freeBytes));
        }
        Path part = scratch.resolveSibling(scratch.getFileName() + ".part");
        log.atInfo()
                .addKeyValue("from", path)
                .addKeyValue("to", scratch)
                .log("converting qcow2 image to a raw file");
        run("convert", "-f", format, "-O", "raw", file.toString(), part.toString());
        Files.move(part, scratch, StandardCopyOption.ATOMIC_MOVE);
        return scratch;
    }

    private long number(Pattern pattern, String... arguments) throws IOException {
        String output = run(arguments);
        Matcher matcher = pattern.matcher(output);
        if (!matcher.find()) {
            throw new IOException(
                    "import of %s: qemu-img %s said: %s"
                            .formatted(path, arguments[0], output.strip()));
        }
        return Long.parseLong(matcher.group(1));
    }

    private String run(String... arguments) throws IOException {
        List<String> command = Stream.concat(Stream.of("qemu-img"), Stream.of(arguments)).toList();
        Process process;
        try {
            process = start(command);
        } catch (IOException e) {
            throw new IOException(
                    "import of %s: qemu-img can't be run; install qemu-utils, or convert the image to raw"
                            .formatted(path),
                    e);
        }
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException(
                        "import of %s: qemu-img %s failed: %s"
                                .formatted(path, arguments[0], output.strip()));
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("import of %s was interrupted".formatted(path), e);
        } finally {
            process.destroy();
        }
    }

    private Process start(List<String> command) throws IOException {
        synchronized (life) {
            if (isStopped) {
                throw new IOException("import of %s was stopped".formatted(path));
            }
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            running = process;
            return process;
        }
    }

    /** Stops {@link #open}. */
    public void stop() {
        synchronized (life) {
            isStopped = true;
            if (running != null) {
                running.destroy();
            }
        }
    }

    /** Deletes the file it was converted to. */
    public void discard() throws IOException {
        Files.deleteIfExists(scratch);
        Files.deleteIfExists(scratch.resolveSibling(scratch.getFileName() + ".part"));
    }
}
