package dev.farshore.apply.repair;

import java.time.Duration;

/** What a {@link StoreWorker} does for the open stores of a node each time it runs. */
interface StorePass {
    /**
     * Looks after all open stores once.
     *
     * @param worker tells which are open, and whether to end early
     * @return minimum pause before the next pass
     */
    Duration run(StoreWorker worker);

    /** Whether a store that was opened needs a pass at once. */
    boolean isWantedAtOpening();
}
