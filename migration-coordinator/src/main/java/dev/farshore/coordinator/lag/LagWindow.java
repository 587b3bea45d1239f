package dev.farshore.coordinator.lag;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Judges by a window of looks whether one site's image of one volume keeps up. No size of a lag is
 * good or bad by itself: what counts is how it changes. The rules, the first that holds:
 *
 * <ol>
 *   <li>{@code UNKNOWN}: at the last look nobody could tell where image and log stood. What was
 *       seen before is forgotten.
 *   <li>{@code STOPPED}: at the last look the node that keeps the image had stopped or been silent;
 *       or, at all looks of a full window, no node had reported an image.
 *   <li>{@code OK}: at some look of the window the image had nothing left to do, or had all that
 *       the log had held one look before.
 *   <li>{@code UNKNOWN}: the looks do not span the window yet.
 *   <li>{@code STALLED}: the image stood at the same event at all looks.
 *   <li>{@code SLOW}: it came no nearer: the fewest events that it lacked in the newer half of the
 *       window are no fewer than in the older half.
 *   <li>{@code OK}: it comes nearer.
 * </ol>
 *
 * <p>An image that goes back (it was made anew, or another node's copy answers), a log that goes
 * back, and a pause of three intervals between looks begin a new window.
 *
 * <p>Not thread-safe. Time comes in.
 */
final class LagWindow {
    private static final int MISSED_LOOKS = 3;

    /** What one look found. */
    private record Look(long atNanos, Standing standing) {
        long missing() {
            return Math.max(0, standing.endSeq() - standing.hardenedSeq());
        }
    }

    private final long lengthNanos;
    private final long pauseNanos;
    private final Deque<Look> looks = new ArrayDeque<>();
    private LagState state = LagState.UNKNOWN;

    /**
     * @param length of the window
     * @param interval between looks
     */
    LagWindow(Duration length, Duration interval) {
        this.lengthNanos = length.toNanos();
        this.pauseNanos = interval.multipliedBy(MISSED_LOOKS).toNanos();
    }

    /** As of the last look. */
    LagState state() {
        return state;
    }

    /**
     * Takes in what a look has found.
     *
     * @param nowNanos of a clock that only elapses
     * @param standing empty while it can't be told
     * @param isGone whether the node that keeps the image has stopped or is silent
     * @return the state
     */
    LagState look(long nowNanos, Optional<Standing> standing, boolean isGone) {
        if (standing.isEmpty()) {
            looks.clear();
            state = LagState.UNKNOWN;
            return state;
        }
        add(new Look(nowNanos, standing.get()));
        state = isGone ? LagState.STOPPED : judge();
        return state;
    }

    private void add(Look look) {
        Look newest = looks.peekLast();
        if (newest != null
                && (look.atNanos() - newest.atNanos() >= pauseNanos
                        || look.standing().hardenedSeq() < newest.standing().hardenedSeq()
                        || look.standing().endSeq() < newest.standing().endSeq())) {
            looks.clear();
        }
        looks.addLast(look);
        while (isFullWithoutOldest()) {
            looks.removeFirst();
        }
    }

    private LagState judge() {
        if (looks.stream().noneMatch(look -> look.standing().isReported()) && isFull()) {
            return LagState.STOPPED;
        }
        if (hasKeptUp()) {
            return LagState.OK;
        }
        if (!isFull()) {
            return LagState.UNKNOWN;
        }
        if (looks.getLast().standing().hardenedSeq() == looks.getFirst().standing().hardenedSeq()) {
            return LagState.STALLED;
        }
        return hasComeNearer() ? LagState.OK : LagState.SLOW;
    }

    private boolean hasKeptUp() {
        long endBefore = Long.MAX_VALUE;
        for (Look look : looks) {
            if (look.missing() == 0 || look.standing().hardenedSeq() >= endBefore) {
                return true;
            }
            endBefore = look.standing().endSeq();
        }
        return false;
    }

    private boolean hasComeNearer() {
        long middleNanos = looks.getLast().atNanos() - lengthNanos / 2;
        long older = Long.MAX_VALUE;
        long newer = Long.MAX_VALUE;
        for (Look look : looks) {
            if (look.atNanos() - middleNanos < 0) {
                older = Math.min(older, look.missing());
            } else {
                newer = Math.min(newer, look.missing());
            }
        }
        return newer < older;
    }

    private boolean isFull() {
        return looks.getLast().atNanos() - looks.getFirst().atNanos() >= lengthNanos;
    }

    private boolean isFullWithoutOldest() {
        if (looks.size() < 2) {
            return false;
        }
        var all = looks.iterator();
        all.next();
        return looks.getLast().atNanos() - all.next().atNanos() >= lengthNanos;
    }
}
