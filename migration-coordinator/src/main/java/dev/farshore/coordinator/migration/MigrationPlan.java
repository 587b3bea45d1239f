package dev.farshore.coordinator.migration;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a migration moves; fixed when it starts, but for the epochs.
 *
 * @param sourceEpochs of each volume: the epoch that the source has open and that will be sealed.
 *     The hand-over, or its roll-back, opens the one after it. The source may open newer ones by
 *     itself for as long as it is not told to seal.
 */
public record MigrationPlan(
        String migration,
        String vm,
        String fromSite,
        String toSite,
        MigrationMode mode,
        SortedMap<String, Integer> sourceEpochs) {

    public MigrationPlan {
        sourceEpochs = Collections.unmodifiableSortedMap(new TreeMap<>(sourceEpochs));
        if (sourceEpochs.isEmpty()) {
            throw new IllegalArgumentException(
                    "sourceEpochs: VM %s has no volume to move".formatted(vm));
        }
        if (fromSite.equals(toSite)) {
            throw new IllegalArgumentException(
                    "toSite: VM %s is at site %s already".formatted(vm, toSite));
        }
    }

    public Set<String> vvols() {
        return sourceEpochs.keySet();
    }

    /** The epoch to be sealed of {@code vvol}. */
    public int sourceEpoch(String vvol) {
        Integer epoch = sourceEpochs.get(vvol);
        if (epoch == null) {
            throw new IllegalArgumentException(
                    "volume %s is no part of migration %s".formatted(vvol, migration));
        }
        return epoch;
    }

    /** The same with the source's newest epochs; none becomes lower. */
    MigrationPlan withEpochsOf(Map<String, StepPosition> positions) {
        SortedMap<String, Integer> epochs = new TreeMap<>(sourceEpochs);
        epochs.replaceAll(
                (vvol, epoch) -> {
                    StepPosition newest = positions.get(vvol);
                    return newest == null ? epoch : Math.max(epoch, newest.epoch());
                });
        return new MigrationPlan(migration, vm, fromSite, toSite, mode, epochs);
    }

    /** The epoch of {@code vvol} after the hand-over or its roll-back. */
    public int nextEpoch(String vvol) {
        return sourceEpoch(vvol) + 1;
    }
}
