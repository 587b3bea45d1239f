package dev.farshore.coordinator.volume;

import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What should be of every volume ({@code farshore.volumes}). Thread-safe. Whoever makes a new spec
 * of one that is there does it within {@link #change}, so that no change undoes another: neither of
 * this coordinator, as changes take turns, nor of another, as {@link #put} is a compare-and-set.
 */
public interface VolumeSpecs {
    /** Another coordinator that is first as often does nothing else. */
    int MAX_ATTEMPTS = 10;

    /** Of a volume that is not deleted. */
    Optional<VolumeSpec> find(String vvol);

    /** Of one that is deleted, or is being deleted. */
    Optional<VolumeSpec> findDeleted(String vvol);

    /** Without those that are deleted. */
    Collection<VolumeSpec> all();

    /**
     * Returns once the specs are acknowledged by all in-sync replicas, and {@link #find} and {@link
     * #all} show them.
     *
     * @param specs each made from what {@link #find} gave, with its version as it was
     * @throws OverruledException if another change of one of them came first; that one is not made,
     *     the others are, and {@link #find} shows what counts
     */
    void put(List<VolumeSpec> specs);

    /** Volumes whose newest record does not count, so that what counts has to be put again. */
    Set<String> overshadowed();

    /**
     * Makes a change: reads, checks and puts, again from the start where another coordinator was
     * first.
     *
     * @throws RefusedException if it always was
     */
    default <T> T change(Supplier<T> attempt) {
        synchronized (this) {
            for (int i = 1; ; i++) {
                try {
                    return attempt.get();
                } catch (OverruledException e) {
                    if (i == MAX_ATTEMPTS) {
                        throw RefusedException.conflict(e.getMessage() + "; try again");
                    }
                }
            }
        }
    }
}
