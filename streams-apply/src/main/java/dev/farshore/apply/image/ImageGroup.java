package dev.farshore.apply.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Hardens images of one file system together: two syncs for any number of images.
 *
 * <p>{@code PositionMatchesData}, as for one image: positions are taken, all data is made stable,
 * then the superblocks that speak of it are written, then they are made stable, and only then does
 * anybody hear of the new positions. Every image's lock is held throughout, so no other superblock
 * is written meanwhile, and the older slot of each stays what it was until the newer is stable.
 *
 * <p>When a step fails nothing was claimed, and each image can be hardened by itself: that writes
 * the same slot again, and tells which image it was.
 */
public final class ImageGroup {
    /** Waits until everything written to a file system is on stable storage. */
    public interface Sync {
        void sync() throws IOException;
    }

    private ImageGroup() {}

    /**
     * Makes everything applied before the call stable, and says so in the superblocks.
     *
     * @param fileSystem that all of them are on
     * @return images of which that could not be said: one with a fault of its own, or closed
     * @throws IOException if it can't be said of any of them
     */
    public static List<Image> harden(List<Image> images, Sync fileSystem) throws IOException {
        List<ImageHardening.Share> begun = new ArrayList<>(images.size());
        List<Image> failed = new ArrayList<>();
        try {
            for (Image image : images) {
                begun.add(image.hardening().beginShare());
            }
            fileSystem.sync();
            for (int i = 0; i < begun.size(); i++) {
                try {
                    begun.get(i).writeSuperblock();
                } catch (IOException e) {
                    // Hardened by itself it fails again, and who waits for it hears why.
                    failed.add(images.get(i));
                }
            }
            fileSystem.sync();
            begun.forEach(ImageHardening.Share::finish);
            return failed;
        } finally {
            begun.forEach(ImageHardening.Share::close);
        }
    }
}
