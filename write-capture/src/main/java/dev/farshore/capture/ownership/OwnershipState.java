package dev.farshore.capture.ownership;

import dev.farshore.capture.session.WriteSession;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * Whether a volume is written at this node. The methods of a state are its only legal exits:
 *
 * <pre>
 *            ┌──────────────────────────────────────────────┐
 *            ▼                                              │
 *   Idle ─▶ Opening ─▶ Open ─▶ Sealing ─▶ Sealed ─▶ Leaving ┘
 *            ▲ │        │ │      │          │         ▲
 *            │ │        │ └──────┼──────────┼─────────┤  fenced, or another site's
 *            └─┼────────┴────────┴──────────┘         │
 *              └──────────────────────────────────────┘  again ours, in a new epoch
 * </pre>
 *
 * When another node of the site has come to keep the volume's partition, the volume goes to
 * <i>MovingToOtherNode</i>, and from there to Leaving. A journal that has lost events goes from
 * Opening to <i>Unsettled</i>, and from there to Sealed or to the Opening of the next epoch. A
 * journal that the log has gone on without is set aside, and the volume is Idle at once.
 *
 * <p>States are values; what goes with a transition is done by the steps ({@link VolumeSteps}).
 */
public sealed interface OwnershipState {

    /** The journal in use; null when the volume is not written here. */
    default @Nullable WriteSession sessionIfAny() {
        return null;
    }

    /** Whether only something from outside moves it on. */
    default boolean isResting() {
        return switch (this) {
            case Idle idle -> !idle.isBrief();
            case Open _ -> true;
            case Unsettled unsettled -> unsettled.needsOperator();
            case Opening _, Sealing _, Sealed _, MovingToOtherNode _, Leaving _ -> false;
        };
    }

    /** Whether clients find the volume here. */
    default boolean isServed() {
        return switch (this) {
            case Open _, Sealing _, Sealed _ -> true;
            case Opening _, Idle _, MovingToOtherNode _, Leaving _, Unsettled _ -> false;
        };
    }

    /** Why it is not written here, where somebody would expect it to be; empty where it is. */
    default String reason() {
        return "";
    }

    /** A word for logs and listings. */
    default String word() {
        return getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    /** Has a journal that writes, or wrote last, in {@link #epoch}. */
    sealed interface Held extends OwnershipState
            permits Reopenable, Movable, Overtakable, MovingToOtherNode {
        WriteSession session();

        int epoch();

        @Override
        default WriteSession sessionIfAny() {
            return session();
        }

        default Leaving toLeaving(String reason) {
            return new Leaving(session(), reason);
        }
    }

    /** May go on here in a later epoch. */
    sealed interface Reopenable extends Held permits Opening, Open, Sealing, Sealed, Unsettled {
        /**
         * @param openedSeq the opening, which is in the journal
         */
        default Opening toOpening(int newEpoch, long openedSeq) {
            if (newEpoch <= epoch()) {
                throw new IllegalStateException(
                        "OneWriter: epoch %d can't follow epoch %d".formatted(newEpoch, epoch()));
            }
            return new Opening(session(), newEpoch, openedSeq);
        }
    }

    /** May go to another node of the site while its epoch is open. */
    sealed interface Movable extends Held permits Opening, Open, Sealing {
        default MovingToOtherNode toOtherNode() {
            return new MovingToOtherNode(session(), epoch());
        }
    }

    /** The log may have gone on without the journal. */
    sealed interface Overtakable extends Held permits Opening, Open, Unsettled {
        /** The journal is closed and set aside. */
        default Idle toIdle(String reason) {
            return new Idle(reason, false);
        }
    }

    /**
     * Not written here.
     *
     * @param reason why, where somebody would expect it to be
     * @param isBrief whether what it waits for is on its way, and a hand-over waits with it
     */
    record Idle(String reason, boolean isBrief) implements OwnershipState {
        /** Of a node that has just started. */
        static final Idle STARTING = new Idle("starting", true);

        /** Still not written here, for another reason. */
        Idle toIdle(String newReason) {
            return new Idle(newReason, false);
        }

        /** Still not written here, though what it waits for is on its way. */
        Idle toBrieflyIdle(String newReason) {
            return new Idle(newReason, true);
        }

        /**
         * @param openedSeq the opening in the journal; MAX_VALUE if it holds none
         */
        Opening toOpening(WriteSession session, int epoch, long openedSeq) {
            return new Opening(session, epoch, openedSeq);
        }
    }

    /** {@code EPOCH_OPENED} is in the journal; it counts when our own image has applied it. */
    record Opening(WriteSession session, int epoch, long openedSeq)
            implements Reopenable, Movable, Overtakable {
        /** The opening counts, and guests may write. */
        Open toOpen() {
            return new Open(session, epoch);
        }

        /** A hand-over was under way when the process before this one ended. */
        Sealing toSealing() {
            return new Sealing(session, epoch);
        }

        /** The journal's newest event is a seal. */
        Sealed toSealed() {
            return new Sealed(session, epoch, session.journal().lastSeq());
        }

        /**
         * @param sealSeq of a seal that is in the journal; 0 if there is none
         */
        Unsettled toUnsettled(boolean needsOperator, long sealSeq, String reason) {
            return new Unsettled(session, epoch, needsOperator, sealSeq, reason);
        }
    }

    /** Writes are taken. */
    record Open(WriteSession session, int epoch) implements Reopenable, Movable, Overtakable {
        /** Writes are held. */
        Sealing toSealing() {
            return new Sealing(session, epoch);
        }
    }

    /** Writes are held; the seal follows when every header before it is published. */
    record Sealing(WriteSession session, int epoch) implements Reopenable, Movable {
        Sealed toSealed(long sealSeq) {
            return new Sealed(session, epoch, sealSeq);
        }
    }

    /** The seal is in the journal. */
    record Sealed(WriteSession session, int epoch, long sealSeq) implements Reopenable {}

    /**
     * Another node of the site keeps the volume: clients are sent there, and when everything here
     * is published a seal ends the epoch, so that the other node may open the next.
     */
    record MovingToOtherNode(WriteSession session, int epoch) implements Held {
        @Override
        public String word() {
            return "moving";
        }
    }

    /** Written elsewhere; the rest is being published, then the journal goes. */
    record Leaving(WriteSession session, String reason) implements OwnershipState {
        @Override
        public WriteSession sessionIfAny() {
            return session;
        }

        /** The journal is deleted. */
        Idle toIdle() {
            return new Idle(reason, false);
        }
    }

    /**
     * The journal has lost acknowledged events, or may have: see {@link LostTail}.
     *
     * @param needsOperator whether the next epoch is an operator's to give
     * @param sealSeq the seal by which we end the epoch; 0 before it is in the journal
     */
    record Unsettled(
            WriteSession session, int epoch, boolean needsOperator, long sealSeq, String reason)
            implements Reopenable, Overtakable {
        /** Our seal is in the journal; whether it counts the log decides. */
        Unsettled withSeal(long seq) {
            return new Unsettled(session, epoch, false, seq, reason);
        }

        /** Our seal counts. */
        Sealed toSealed() {
            return new Sealed(session, epoch, sealSeq);
        }
    }
}
