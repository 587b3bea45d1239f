package dev.farshore.tests.cluster;

import java.time.Duration;

/**
 * How long a guest may wait when something fails during a hand-over.
 *
 * <p>Without a fault it waits for seal, drain and open. A fault adds what it takes to notice and to
 * go on:
 *
 * <ul>
 *   <li>A node that is away: it is waited for, and opened again once its site's application has
 *       rejoined its group.
 *   <li>A coordinator that is away: the other one, or the same one once it is back, goes on from
 *       the log; without either the nodes wait for their own limit and then go on at the source.
 *   <li>A broker that is away: Kafka declares it dead after {@code broker.session.timeout.ms} (9
 *       s); a client finds the new leader after that within {@code request.timeout.ms}. Until then
 *       flushes wait, and a hand-over that was sealing is rolled back or goes on.
 * </ul>
 */
final class GuestWait {
    private static final Duration HAND_OVER = Duration.ofSeconds(10);
    private static final Duration REJOIN = Duration.ofSeconds(15);
    private static final Duration BROKER_NOTICED = Duration.ofSeconds(9);

    private GuestWait() {}

    static Duration bound(Fault fault, Duration lasted) {
        Duration bound = HAND_OVER.plus(lasted);
        return switch (fault) {
            case NONE -> HAND_OVER;
            case BROKER_KILLED, BROKER_PAUSED -> bound.plus(BROKER_NOTICED).plus(HAND_OVER);
            case SOURCE_KILLED, TARGET_KILLED, SOURCE_PAUSED, TARGET_PAUSED -> bound.plus(REJOIN);
            case COORDINATOR_KILLED, COORDINATOR_PAUSED, BOTH_COORDINATORS_KILLED ->
                    bound.plus(REJOIN);
        };
    }
}
