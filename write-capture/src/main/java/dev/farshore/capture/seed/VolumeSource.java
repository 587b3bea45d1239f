package dev.farshore.capture.seed;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The volume itself, at its owner: its newest content, and the extents that its image has
 * allocated. Those are complete once the image has applied everything before the seed.
 */
public final class VolumeSource implements SeedSource {
    private final SeedTarget volume;
    private final long sizeBytes;
    private final @Nullable DataExtents extents;

    private VolumeSource(SeedTarget volume, long sizeBytes, @Nullable DataExtents extents) {
        this.volume = volume;
        this.sizeBytes = sizeBytes;
        this.extents = extents;
    }

    /**
     * Opens the image's file, for its extents.
     *
     * @param image the sparse file of the volume's image; if null, all of the volume counts as
     *     allocated
     */
    public static VolumeSource of(SeedTarget volume, long sizeBytes, @Nullable Path image)
            throws IOException {
        return new VolumeSource(volume, sizeBytes, image == null ? null : DataExtents.open(image));
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        volume.read(offset, into);
    }

    @Override
    public long nextData(long from, long end) throws IOException {
        return extents == null ? from : extents.nextData(from, end);
    }

    @Override
    public long nextHole(long from, long end) throws IOException {
        return extents == null ? end : extents.nextHole(from, end);
    }

    @Override
    public void close() {
        if (extents != null) {
            extents.close();
        }
    }
}
