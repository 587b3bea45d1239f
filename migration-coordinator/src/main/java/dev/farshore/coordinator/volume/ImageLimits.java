package dev.farshore.coordinator.volume;

import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.ClockReading;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Refuses volumes of which a site could hold no image: every site has one of each volume, in a
 * file, and file systems end files somewhere (ext4 at 16 TiB). How much is free does not matter
 * here.
 *
 * <p>A site counts as too small only if it has a node that was heard of lately, and each such node
 * tells a limit below the size. Where one does not tell, the volume may have its place there: an
 * older node, or one of whose images some are elsewhere.
 *
 * <p>Thread-safe.
 */
public final class ImageLimits {
    /** Nothing is known of any site: all sizes fit. */
    public static final ImageLimits UNKNOWN =
            new ImageLimits(List::of, (site, node) -> Optional.empty(), () -> 0);

    private final Supplier<Collection<ClockReading>> readings;
    private final NodeSilence silence;

    /**
     * @param readings what nodes have said of themselves last
     * @param nowMicros microseconds since 1970
     */
    public ImageLimits(
            Supplier<Collection<ClockReading>> readings, Clocks clocks, LongSupplier nowMicros) {
        this.readings = readings;
        this.silence = new NodeSilence(clocks, nowMicros);
    }

    /**
     * @throws RefusedException if no node of some site could hold the image
     */
    void requireRoom(String vvol, long sizeBytes) {
        Map<String, List<ClockReading>> living =
                readings.get().stream()
                        .filter(node -> !node.getSite().isEmpty()) // the coordinator's
                        .filter(silence::isHeardOf)
                        .collect(
                                Collectors.groupingBy(
                                        ClockReading::getSite,
                                        TreeMap::new,
                                        Collectors.toUnmodifiableList()));
        living.forEach((site, nodes) -> requireRoom(vvol, sizeBytes, site, nodes));
    }

    private static void requireRoom(
            String vvol, long sizeBytes, String site, List<ClockReading> nodes) {
        if (nodes.stream().anyMatch(node -> mayHold(node, sizeBytes))) {
            return;
        }
        nodes.stream()
                .max(Comparator.comparingLong(ClockReading::getMaxImageBytes))
                .ifPresent(
                        roomiest -> {
                            throw RefusedException.conflict(
                                    "site '%s' cannot hold an image of %d bytes, which volume '%s' needs: the file system of node '%s' ends files at %d bytes"
                                            .formatted(
                                                    site,
                                                    sizeBytes,
                                                    vvol,
                                                    roomiest.getNode(),
                                                    roomiest.getMaxImageBytes()));
                        });
    }

    private static boolean mayHold(ClockReading node, long sizeBytes) {
        return node.getMaxImageBytes() == 0 || node.getMaxImageBytes() >= sizeBytes;
    }
}
