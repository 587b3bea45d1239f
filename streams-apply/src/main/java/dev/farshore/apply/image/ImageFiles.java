package dev.farshore.apply.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/**
 * The two files of a volume's image, open, with what the superblock said then: {@code <vvol>.img},
 * which may be a link to a file or a block device, and {@code <vvol>.sb}. Neither is of use without
 * the other, so an image of which one is missing is not opened.
 *
 * @param superblock of generation 0 if there was none
 */
record ImageFiles(Path directory, Superblock superblock, RawFile data, SuperblockFile superblocks)
        implements AutoCloseable {

    static Path dataPath(Path directory, String vvol) {
        return directory.resolve(vvol + ".img");
    }

    static Path superblockPath(Path directory, String vvol) {
        return directory.resolve(vvol + ".sb");
    }

    /** Whether there is one of them at least; no file has a name that is not safe. */
    static boolean exist(Path directory, String vvol) {
        return VolumeNames.isSafeFileName(vvol)
                && (Files.exists(superblockPath(directory, vvol))
                        || Files.exists(dataPath(directory, vvol)));
    }

    /**
     * Opens them, or creates them empty; the data has the size it had at the hardened position.
     *
     * @throws ImageCorruptException if they can't be trusted; they are left as they are
     */
    static ImageFiles open(Path directory, String vvol, int partition) throws IOException {
        VolumeNames.requireSafeFileName(vvol);
        Path dataPath = dataPath(directory, vvol);
        Path superblockPath = superblockPath(directory, vvol);
        boolean hadData = Files.exists(dataPath) && Files.size(dataPath) > 0;
        boolean hadFile = Files.exists(dataPath);
        Files.createDirectories(directory);
        SuperblockFile superblocks = SuperblockFile.open(superblockPath);
        try {
            Superblock superblock = superblocks.read();
            if (superblock == null) {
                if (hadData) {
                    throw new ImageCorruptException(
                            "image %s has no superblock %s; move the image away to have it built again from the log"
                                    .formatted(dataPath, superblockPath));
                }
                superblock = new Superblock(0, vvol, partition, ImagePosition.START, 0);
            } else {
                requireSame(superblock, vvol, partition, superblockPath);
                if (!hadFile) {
                    throw new ImageCorruptException(
                            "superblock %s has no image %s; move the superblock away to have the image built again from the log"
                                    .formatted(superblockPath, dataPath));
                }
            }
            RawFile data = RawFile.open(dataPath);
            try {
                requireWhole(superblock, data, superblockPath);
                // A resize after the hardened position comes again from the log.
                data.reopen(superblock.hardened().sizeBytes());
                return new ImageFiles(directory, superblock, data, superblocks);
            } catch (IOException e) {
                data.close();
                throw e;
            }
        } catch (IOException e) {
            superblocks.close();
            throw e;
        }
    }

    /**
     * Checks that the data is as long as the superblock says. Data that was cut off would read as
     * zeroes that the volume never had.
     */
    private static void requireWhole(Superblock superblock, RawFile data, Path superblockPath)
            throws IOException {
        ImagePosition hardened = superblock.hardened();
        boolean mayBeCut =
                !superblock.isNeverCutBefore() && superblock.mixedUntilSeq() > hardened.seq();
        if (data.isShorterThan(hardened.sizeBytes()) && !mayBeCut) {
            throw new ImageCorruptException(
                    "image %s has %d bytes, its superblock %s says %d: its end was cut off; bring it back, or move both away to have the image built again from the log"
                            .formatted(
                                    data.path(),
                                    Files.size(data.path()),
                                    superblockPath,
                                    hardened.sizeBytes()));
        }
    }

    /**
     * Empties them, which nobody has open, or creates them. The old superblock is gone for good
     * before anything else is done. The data stays where it is: its name may be a link to another
     * disk.
     *
     * @param first what is to be written into the new one, with the size of the data
     */
    static ImageFiles replace(Path directory, Superblock first) throws IOException {
        String vvol = first.vvol();
        VolumeNames.requireSafeFileName(vvol);
        Files.createDirectories(directory);
        Files.deleteIfExists(superblockPath(directory, vvol));
        forceNames(directory);
        RawFile data = RawFile.open(dataPath(directory, vvol));
        try {
            data.clear();
            data.resize(first.hardened().sizeBytes());
            data.force();
            return new ImageFiles(
                    directory, first, data, SuperblockFile.open(superblockPath(directory, vvol)));
        } catch (IOException e) {
            data.close();
            throw e;
        }
    }

    private static void requireSame(
            Superblock superblock, String vvol, int partition, Path superblockPath)
            throws ImageCorruptException {
        if (!superblock.vvol().equals(vvol) || superblock.partition() != partition) {
            throw new ImageCorruptException(
                    "superblock %s is of volume %s in partition %d, not of %s in partition %d"
                            .formatted(
                                    superblockPath,
                                    superblock.vvol(),
                                    superblock.partition(),
                                    vvol,
                                    partition));
        }
    }

    /** The file system that has both of them; empty if there is no such one. */
    OptionalLong fileSystem() throws IOException {
        OptionalLong dataAt = FileSystemSync.identify(dataPath(directory, superblock.vvol()));
        OptionalLong superblockAt =
                FileSystemSync.identify(superblockPath(directory, superblock.vvol()));
        return dataAt.equals(superblockAt) ? dataAt : OptionalLong.empty();
    }

    /** What tells the disk with the data from others. */
    String disk() throws IOException {
        Path path = dataPath(directory, superblock.vvol()).toRealPath();
        return Files.isRegularFile(path) && LinuxFiles.areHere()
                ? String.valueOf(Files.getAttribute(path, "unix:dev"))
                : path.toString();
    }

    /** Makes it stable that they exist. */
    void forceNames() throws IOException {
        forceNames(directory);
        // The file may be a link to where the image is.
        Path place = dataPath(directory, superblock.vvol()).toRealPath().getParent();
        if (place != null && !place.equals(directory.toRealPath())) {
            forceNames(place);
        }
    }

    private static void forceNames(Path directory) throws IOException {
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        try (superblocks) {
            data.close();
        }
    }
}
