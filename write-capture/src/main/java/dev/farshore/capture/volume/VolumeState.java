package dev.farshore.capture.volume;

import org.jspecify.annotations.Nullable;

/**
 * Where a volume stands at this node as to being written here. {@link VolumeKeeper} moves it on.
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
 * From wherever it has a journal a volume goes to <i>Moving</i>, and from there to Leaving, when
 * another node of the site has come to keep its partition. A journal that has lost events goes from
 * Opening to <i>Unsettled</i>, and from there to Sealed or to the Opening of the next epoch.
 */
sealed interface VolumeState {

    /**
     * Not written here.
     *
     * @param reason why, where somebody would expect it to be
     * @param isBrief whether what it waits for is on its way, and a hand-over waits with it
     */
    record Idle(String reason, boolean isBrief) implements VolumeState {
        Idle(String reason) {
            this(reason, false);
        }
    }

    /** {@code EPOCH_OPENED} is in the journal; it counts when our own image has applied it. */
    record Opening(WriteSession session, int epoch, long openedSeq) implements VolumeState {}

    /** Writes are taken. */
    record Open(WriteSession session, int epoch) implements VolumeState {}

    /** Writes are held; the seal follows when every header before it is published. */
    record Sealing(WriteSession session, int epoch) implements VolumeState {}

    /** The seal is in the journal. */
    record Sealed(WriteSession session, int epoch, long sealSeq) implements VolumeState {}

    /**
     * Another node of the site keeps the volume: clients are sent there, and when all that is here
     * is published a seal ends the epoch, so that the other node may open the next.
     */
    record Moving(WriteSession session, int epoch) implements VolumeState {}

    /** Written elsewhere; the rest is being published, then the journal goes. */
    record Leaving(WriteSession session, String reason) implements VolumeState {}

    /**
     * The journal has lost acknowledged events, or may have: see {@link LostTail}.
     *
     * @param needsOperator whether the next epoch is an operator's to give
     * @param sealSeq the seal by which we end the epoch; 0 before it is in the journal
     */
    record Unsettled(
            WriteSession session, int epoch, boolean needsOperator, long sealSeq, String reason)
            implements VolumeState {}

    /** The journal in use; null when the volume is not written here. */
    default @Nullable WriteSession sessionIfAny() {
        return switch (this) {
            case Idle idle -> null;
            case Opening opening -> opening.session();
            case Open open -> open.session();
            case Sealing sealing -> sealing.session();
            case Sealed sealed -> sealed.session();
            case Moving moving -> moving.session();
            case Leaving leaving -> leaving.session();
            case Unsettled unsettled -> unsettled.session();
        };
    }

    /** Whether only something from outside moves it on. */
    default boolean isResting() {
        return this instanceof Open
                || this instanceof Idle idle && !idle.isBrief()
                || this instanceof Unsettled unsettled && unsettled.needsOperator();
    }

    /** Whether clients find the volume here. */
    default boolean isServed() {
        return switch (this) {
            case Open open -> true;
            case Sealing sealing -> true;
            case Sealed sealed -> true;
            case Opening opening -> false;
            case Idle idle -> false;
            case Moving moving -> false;
            case Leaving leaving -> false;
            case Unsettled unsettled -> false;
        };
    }

    /** Why it is not written here, where somebody would expect it to be; empty where it is. */
    default String reason() {
        return "";
    }

    /** A word for logs and listings. */
    default String word() {
        return getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }
}
