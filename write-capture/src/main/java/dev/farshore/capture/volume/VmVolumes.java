package dev.farshore.capture.volume;

import dev.farshore.capture.read.LocalImage;

import java.util.Collection;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The volumes of a VM at this node, for its one counter.
 *
 * <p>Invariant: no value of a VM's counter is given out that is not above all that were
 * acknowledged before, in any of its volumes. What was acknowledged is in an image or in a journal.
 * So after a start no volume of the VM takes writes before every journal of the others has been
 * read.
 *
 * <p>Threading: any thread.
 */
record VmVolumes(Supplier<Collection<VolumeKeeper>> keepers) {

    /** Raises {@code clock} above all that the images have. */
    void raise(VmClock clock, String vm) {
        of(vm).flatMap(keeper -> keeper.image().stream())
                .map(LocalImage::applied)
                .forEach(applied -> clock.raise(applied.vmSeq()));
    }

    /** Whether the journals have been read, each of which raised the clock as it was. */
    boolean areJournalsRead(String vm) {
        return of(vm).allMatch(VolumeKeeper::isJournalRead);
    }

    private Stream<VolumeKeeper> of(String vm) {
        return vm.isEmpty()
                ? Stream.empty()
                : keepers.get().stream().filter(keeper -> keeper.spec().getVm().equals(vm));
    }
}
