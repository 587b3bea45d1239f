package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.lag.Lag;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is known of a migration's volumes at one moment: the input of {@link MigrationRules}.
 *
 * @param nowMicros microseconds since 1970 by the coordinator's clock
 * @param waited since the migration took its last step, whatever the clock was set to
 */
public record Observation(
        long nowMicros, Duration waited, SortedMap<String, VolumeObservation> volumes) {
    private static final Set<Health> FAULTS =
            EnumSet.of(Health.GAP, Health.FAULTED, Health.NEEDS_SEED);

    /**
     * @param source what the source last reported; null before it did
     * @param target likewise
     * @param targetLag of the target's image; null while it cannot be told
     * @param unpublished what the source has acknowledged and the log has not; null where that is
     *     not known
     * @param spec what should be; null while there is nothing
     */
    public record VolumeObservation(
            @Nullable Progress source,
            @Nullable Progress target,
            @Nullable Lag targetLag,
            @Nullable Lag unpublished,
            @Nullable VolumeSpec spec) {

        /** Whether the newest epoch that a site has seen is at least {@code epoch}, and whose. */
        boolean isTakenBy(String site, int epoch) {
            return Stream.of(Optional.ofNullable(source), Optional.ofNullable(target))
                    .flatMap(Optional::stream)
                    .max(Comparator.comparingInt(Progress::getEpoch))
                    .filter(newest -> newest.getEpoch() >= epoch)
                    .filter(newest -> siteOf(newest).equals(site))
                    .isPresent();
        }
    }

    /** The site that opened the epoch that an image is in. */
    static String siteOf(Progress image) {
        return EpochOwner.parse(image.getEpochOwner()).site();
    }

    public Observation {
        volumes = Collections.unmodifiableSortedMap(new TreeMap<>(volumes));
    }

    Observation waiting(Duration since) {
        return new Observation(nowMicros, since, volumes);
    }

    VolumeObservation of(String vvol) {
        VolumeObservation volume = volumes.get(vvol);
        if (volume == null) {
            throw new IllegalArgumentException("volume " + vvol + " was not observed");
        }
        return volume;
    }

    /** Where the target's images stand on stable storage. */
    SortedMap<String, StepPosition> targetHardened() {
        return positions(VolumeObservation::target, StepPosition::hardenedIn);
    }

    /** The newest events in the target's images. */
    SortedMap<String, StepPosition> targetApplied() {
        return positions(VolumeObservation::target, StepPosition::appliedIn);
    }

    /** The newest events in the source's images. */
    SortedMap<String, StepPosition> sourceApplied() {
        return positions(VolumeObservation::source, StepPosition::appliedIn);
    }

    /** The first volume that the target cannot apply, in words. */
    Optional<String> targetFault() {
        return fault(VolumeObservation::target);
    }

    /** The first volume that the source cannot apply: its seal would not be seen. */
    Optional<String> sourceFault() {
        return fault(VolumeObservation::source);
    }

    private Optional<String> fault(Function<VolumeObservation, @Nullable Progress> site) {
        return volumes.values().stream()
                .map(site)
                .filter(Objects::nonNull)
                .filter(image -> FAULTS.contains(image.getHealth()))
                .map(
                        image ->
                                "volume %s is stopped at site %s: %s"
                                        .formatted(
                                                image.getVvol(),
                                                image.getSite(),
                                                image.getReason()))
                .findFirst();
    }

    private SortedMap<String, StepPosition> positions(
            Function<VolumeObservation, @Nullable Progress> site,
            Function<Progress, StepPosition> position) {
        SortedMap<String, StepPosition> positions = new TreeMap<>();
        volumes.forEach(
                (vvol, volume) -> {
                    Progress image = site.apply(volume);
                    positions.put(vvol, image == null ? StepPosition.START : position.apply(image));
                });
        return positions;
    }
}
