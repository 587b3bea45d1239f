package dev.farshore.capture.vm;

import dev.farshore.capture.read.LocalImage;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The volumes of a VM at this node, for its one counter.
 *
 * <p>Invariant: a VM's counter never gives out a value that is not above all values acknowledged
 * before in any of its volumes. What was acknowledged is in an image or in a journal. So after a
 * start no volume of the VM takes writes before the journals of all the others have been read.
 *
 * <p>Threading: any thread.
 */
public record VmVolumes(Supplier<? extends Collection<? extends Member>> members) {

    /** One volume of this node. */
    public interface Member {
        /** Name of its VM; empty without one. */
        String vm();

        Optional<LocalImage> image();

        /** Whether the VM's clock is beyond everything that the volume's journal here has. */
        boolean isJournalRead();

        /** Whether it is written here, and no other node of the site has said that it keeps it. */
        boolean isStaying();
    }

    /** Whether another node does not keep all volumes yet that the VM writes here. */
    public boolean isAnyStaying(String vm) {
        return of(vm).anyMatch(Member::isStaying);
    }

    /** Raises {@code clock} above everything that the images have. */
    public void raise(VmClock clock, String vm) {
        of(vm).flatMap(member -> member.image().stream())
                .map(LocalImage::applied)
                .forEach(applied -> clock.raise(applied.vmSeq()));
    }

    /** Whether all journals have been read; reading one raises the clock. */
    public boolean areJournalsRead(String vm) {
        return of(vm).allMatch(Member::isJournalRead);
    }

    private Stream<? extends Member> of(String vm) {
        return vm.isEmpty()
                ? Stream.empty()
                : members.get().stream().filter(member -> member.vm().equals(vm));
    }
}
