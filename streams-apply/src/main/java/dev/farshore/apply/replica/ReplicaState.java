package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.schemas.event.Health;

import org.jspecify.annotations.Nullable;

/**
 * A replica in one of its states. The methods of a state are its only legal exits:
 *
 * <pre>
 * Absent ──▶ Live ──▶ Stopped ──▶ CatchingUp ──▶ Live
 *    └─────────────────▶ ▲ │ ▲         │
 *    ◀───────────────────┼─┘ └─────────┘
 * Rejected ──▶ Live      │
 *    └───────────────────┘
 * </pre>
 *
 * <p>Every state can become {@code Rejected}. A {@code Stopped} one becomes {@code Absent} only
 * where nothing but a seed helps. A seed begins a new image in any state that takes records.
 *
 * <p>States are values: nothing is opened, closed or read here. {@link CurrentReplicaState} holds
 * the one of a replica.
 */
public sealed interface ReplicaState {

    /** The open image, for readers; null where there is none. */
    @Nullable Image image();

    Health health();

    /** Why the health is not {@code OK}; empty if it is. */
    String reason();

    /** The gap in the log that the replica waits at. */
    Gap gap();

    /** The image, if any, is not used any more. */
    default Rejected toRejected(String reason) {
        return new Rejected(reason);
    }

    /** The partition goes on without the replica, because of a fault. */
    default Stopped toStopped(String fault, @Nullable Image image) {
        return new Stopped(fault, gap(), image);
    }

    /** Begins anew with a seed's empty image. */
    default ReplicaState toSeeded(Image begun) {
        throw new IllegalStateException("takes no records, so no seed: " + this);
    }

    /** Waits at another gap, or at none. */
    ReplicaState withGap(Gap gap);

    /** No event was seen that counts; {@code gap} says why those that were seen do not. */
    record Absent(Gap gap) implements ReplicaState {
        @Override
        public @Nullable Image image() {
            return null;
        }

        @Override
        public Health health() {
            return gap.health();
        }

        @Override
        public String reason() {
            return gap.reason();
        }

        @Override
        public Absent withGap(Gap newGap) {
            return new Absent(newGap);
        }

        Live toLive(Image image) {
            return new Live(image, Gap.NONE);
        }

        @Override
        public Live toSeeded(Image begun) {
            return new Live(begun, Gap.NONE);
        }

        /**
         * The node stopped while the replica was behind its partition.
         *
         * @param fault empty if it waited at a gap
         */
        Stopped toBehind(Image image, String fault, Gap gapThen) {
            return new Stopped(fault, gapThen, image);
        }
    }

    /** There is an image, and it is not to be used: damaged, or of another log. */
    record Rejected(String reason) implements ReplicaState {
        @Override
        public @Nullable Image image() {
            return null;
        }

        @Override
        public Health health() {
            return Health.NEEDS_SEED;
        }

        @Override
        public Gap gap() {
            return Gap.seedNeeded(reason);
        }

        @Override
        public Rejected withGap(Gap gap) {
            return gap.isOpen() ? new Rejected(gap.reason()) : this;
        }

        @Override
        public Live toSeeded(Image begun) {
            return new Live(begun, Gap.NONE);
        }

        /** Somebody has moved the image away: it is built again from the log. */
        Stopped toRebuild(String reason) {
            return new Stopped(reason, Gap.NONE, null);
        }
    }

    /** Follows the partition. */
    record Live(Image image, Gap gap) implements ReplicaState {
        @Override
        public Health health() {
            return gap.health();
        }

        @Override
        public String reason() {
            return gap.reason();
        }

        @Override
        public Live withGap(Gap newGap) {
            return new Live(image, newGap);
        }

        @Override
        public Live toSeeded(Image begun) {
            return new Live(begun, Gap.NONE);
        }

        /** Reads the log again from the image's own position: perhaps the event is there. */
        Stopped toReread() {
            return new Stopped("", gap, image);
        }
    }

    /**
     * Follows nothing; the partition goes on without it.
     *
     * @param fault empty if it stopped only to read the log again at {@code gap}
     */
    record Stopped(String fault, Gap gap, @Nullable Image image) implements ReplicaState {
        @Override
        public Health health() {
            return fault.isEmpty() ? gap.health() : Health.FAULTED;
        }

        @Override
        public String reason() {
            return fault.isEmpty() ? gap.reason() : fault;
        }

        /** It finds gaps itself when it catches up. */
        @Override
        public Stopped withGap(Gap newGap) {
            return this;
        }

        /**
         * @param reopened the image at its hardened position
         */
        CatchingUp toCatchingUp(Image reopened) {
            return new CatchingUp(reopened, this, new Gap("", gap.isSeedNeeded()));
        }

        /** The log has nothing to build it from. */
        Absent toSeedNeeded(String reason) {
            return new Absent(Gap.seedNeeded(reason));
        }
    }

    /**
     * Reads the partition for itself, from where its image stands to where the others are.
     *
     * @param before what it comes from; its problem is shown until it is live
     * @param gap found on the way
     */
    record CatchingUp(Image image, Stopped before, Gap gap) implements ReplicaState {
        @Override
        public Health health() {
            return gap.isOpen() ? gap.health() : before.health();
        }

        @Override
        public String reason() {
            return gap.isOpen() ? gap.reason() : before.reason();
        }

        @Override
        public CatchingUp withGap(Gap newGap) {
            return new CatchingUp(image, before, newGap);
        }

        Live toLive() {
            return new Live(image, gap);
        }

        /** The pass over the log ended too early: the next one begins where the image stands. */
        Stopped toInterrupted() {
            if (gap.isOpen()) {
                return new Stopped("", gap, image);
            }
            Gap gapBefore = new Gap(before.gap().reason(), gap.isSeedNeeded());
            return new Stopped(before.fault(), gapBefore, image);
        }

        @Override
        public CatchingUp toSeeded(Image begun) {
            return new CatchingUp(begun, before, Gap.NONE);
        }
    }
}
