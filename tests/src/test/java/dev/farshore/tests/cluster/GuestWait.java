package dev.farshore.tests.cluster;

import java.time.Duration;

/**
 * How long a guest may wait when something fails during a hand-over.
 *
 * <p>Without a fault it waits for seal, drain and open: under a second on two cores, and ten times
 * that is allowed. A fault adds the time until somebody can go on:
 *
 * <ul>
 *   <li>A node that is away is waited for until it serves again: only it has the journal, or the
 *       image.
 *   <li>With one of two coordinators away the other goes on, as both drive every hand-over. With
 *       both away the guest waits until one is back: it reads where the hand-over stands in the
 *       log.
 *   <li>A broker that is away is waited for until it is back, or until Kafka has declared it dead
 *       ({@code broker.session.timeout.ms}, 9 s), whichever is first; its partitions then have
 *       other leaders.
 *   <li>A broker that was cut off may be back that long again before anybody notices: its
 *       connections outlive it, and TCP sends again after twice the time each time.
 * </ul>
 */
final class GuestWait {
    private static final Duration HAND_OVER = Duration.ofSeconds(10);
    private static final Duration BROKER_DECLARED_DEAD = Duration.ofSeconds(9);

    private GuestWait() {}

    static Duration bound(Fault fault, Duration lasted) {
        return switch (fault) {
            case NONE, COORDINATOR_KILLED, COORDINATOR_PAUSED -> HAND_OVER;
            case SOURCE_KILLED,
                    TARGET_KILLED,
                    SOURCE_PAUSED,
                    TARGET_PAUSED,
                    BOTH_COORDINATORS_KILLED ->
                    HAND_OVER.plus(lasted);
            case BROKER_KILLED, BROKER_PAUSED -> HAND_OVER.plus(unlessDeclaredDead(lasted, lasted));
            case BROKER_CUT_OFF ->
                    HAND_OVER.plus(unlessDeclaredDead(lasted, lasted.multipliedBy(2)));
        };
    }

    private static Duration unlessDeclaredDead(Duration lasted, Duration waited) {
        return lasted.compareTo(BROKER_DECLARED_DEAD) < 0 ? waited : BROKER_DECLARED_DEAD;
    }
}
