package dev.farshore.apply.replica;

import dev.farshore.schemas.event.Health;

/**
 * Why a replica takes nothing from the log: an event is missing ({@code NoGap}), or only a seed
 * helps.
 *
 * @param reason empty if there is no gap
 * @param isSeedNeeded the log can't fill the gap; kept while a stopped replica catches up, so that
 *     it can begin at a seed found on the way
 */
public record Gap(String reason, boolean isSeedNeeded) {
    static final Gap NONE = new Gap("", false);

    /** Waits for an event that may still come. */
    static Gap waiting(String reason) {
        return new Gap(reason, false);
    }

    static Gap seedNeeded(String reason) {
        return new Gap(reason, true);
    }

    public boolean isOpen() {
        return !reason.isEmpty();
    }

    Health health() {
        if (!isOpen()) {
            return Health.OK;
        }
        return isSeedNeeded ? Health.NEEDS_SEED : Health.GAP;
    }

    /** Another reason; a seed that was needed still is, unless the gap is filled. */
    Gap changedTo(String newReason) {
        return newReason.isEmpty() ? NONE : new Gap(newReason, isSeedNeeded);
    }
}
