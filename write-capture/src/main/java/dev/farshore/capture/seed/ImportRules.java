package dev.farshore.capture.seed;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Which disk images of this host may be imported. An import makes a file readable to a guest and to
 * every site, and everybody who may talk to the coordinator may request one: so the host's
 * administrator says which files may be imported.
 *
 * @param folders files in them, and in folders within them, may be imported; links are followed
 *     first
 * @param allowsOtherFiles whether a qcow2 image may have a backing file or an external data file,
 *     which can be any file of the host
 */
public record ImportRules(List<Path> folders, boolean allowsOtherFiles) {
    /** Nothing may be imported. */
    public static final ImportRules NONE = new ImportRules(List.of(), false);

    private static final int QCOW_MAGIC = 0x514649fb;
    private static final int FEATURES_OFFSET_BYTES = 72;
    private static final long EXTERNAL_DATA_FILE = 1 << 2;
    private static final int FIRST_VERSION_WITH_FEATURES = 3;

    public ImportRules {
        folders = List.copyOf(folders);
    }

    /**
     * The file itself, behind any links.
     *
     * @throws SeedRefusedException if it may not be imported; it does not tell whether such a file
     *     exists
     */
    Path require(Path asked) throws IOException {
        Path named = asked.toAbsolutePath().normalize();
        if (!isAllowed(named)) {
            throw refused(asked);
        }
        if (!Files.isReadable(named)) {
            throw new IOException(
                    "import of %s: there is no such file at this node, or it may not read it"
                            .formatted(asked));
        }
        Path real = named.toRealPath();
        if (!isAllowed(real)) {
            throw refused(asked);
        }
        if (!Files.isRegularFile(real)) {
            throw new SeedRefusedException("import of %s: it is no file".formatted(asked));
        }
        return real;
    }

    private boolean isAllowed(Path path) throws IOException {
        for (Path folder : folders) {
            boolean isWithin =
                    path.startsWith(folder.normalize())
                            || (Files.isDirectory(folder) && path.startsWith(folder.toRealPath()));
            if (isWithin) {
                return true;
            }
        }
        return false;
    }

    private SeedRefusedException refused(Path asked) {
        return new SeedRefusedException(
                "import of %s: this node imports from %s only (imports.folders of its configuration)"
                        .formatted(
                                asked,
                                folders.isEmpty()
                                        ? "folders that are allowed, and none is,"
                                        : folders));
    }

    /**
     * Checks a qcow2 image's header, without a program that would open what it names.
     *
     * @throws SeedRefusedException if it names other files and may not
     */
    void requireWhole(Path qcow2) throws IOException {
        if (allowsOtherFiles) {
            return;
        }
        try (RandomAccessFile file = new RandomAccessFile(qcow2.toFile(), "r")) {
            if (file.length() < FEATURES_OFFSET_BYTES || file.readInt() != QCOW_MAGIC) {
                throw new SeedRefusedException("import of %s: it is no qcow2".formatted(qcow2));
            }
            int version = file.readInt();
            if (file.readLong() != 0) {
                throw namesOthers(qcow2, "a backing file");
            }
            if (version >= FIRST_VERSION_WITH_FEATURES) {
                file.seek(FEATURES_OFFSET_BYTES);
                if ((file.readLong() & EXTERNAL_DATA_FILE) != 0) {
                    throw namesOthers(qcow2, "an external data file");
                }
            }
        }
    }

    private static SeedRefusedException namesOthers(Path qcow2, String what) {
        return new SeedRefusedException(
                ("import of %s: it needs %s, which may be any file of this host; make it one file"
                                + " (qemu-img convert), or set imports.backingFiles if its maker is"
                                + " trusted")
                        .formatted(qcow2, what));
    }
}
