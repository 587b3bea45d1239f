package dev.farshore.schemas.clock;

import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.topic.CompactedView;

import java.util.Collection;
import java.util.Optional;

/**
 * The clocks of all nodes against that of this process: what each has measured of Kafka's clock,
 * and what we have. Thread-safe.
 */
public final class ClockSkews implements Clocks {
    private final ClockProbe own;
    private final CompactedView<ClockReading> readings;

    /**
     * @param readings of {@code farshore.clocks}
     */
    public ClockSkews(ClockProbe own, CompactedView<ClockReading> readings) {
        this.own = own;
        this.readings = readings;
    }

    /** Of a node's readings in {@code farshore.clocks}. */
    public static String key(String site, String node) {
        return site + "/" + node;
    }

    @Override
    public Optional<Skew> skewOf(String site, String node) {
        return readings.get(key(site, node)).flatMap(this::skew);
    }

    /** What a node has last said of itself; empty if it never did. */
    public Optional<ClockReading> reading(String site, String node) {
        return readings.get(key(site, node));
    }

    /** What each has last said of its clock. */
    public Collection<ClockReading> readings() {
        return readings.snapshot().values();
    }

    private Optional<Skew> skew(ClockReading theirs) {
        return own.reading().flatMap(ours -> between(theirs, ours));
    }

    /** Theirs minus ours; empty if theirs says that it had not measured. */
    static Optional<Skew> between(ClockReading theirs, ClockReading ours) {
        if (theirs.getErrorMicros() == Long.MAX_VALUE) {
            return Optional.empty();
        }
        return Optional.of(
                new Skew(
                        ours.getKafkaAheadMicros() - theirs.getKafkaAheadMicros(),
                        ours.getErrorMicros() + theirs.getErrorMicros(),
                        theirs.getReadMicros()));
    }
}
