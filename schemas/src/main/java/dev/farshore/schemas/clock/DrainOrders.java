package dev.farshore.schemas.clock;

import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.DrainedNode;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Orders to drain nodes, in {@code farshore.clocks}: a record for each node that is drained, until
 * it is removed. Setting and removing need nothing that was read before, so of several coordinators
 * the last one asked is right, by the order of the topic.
 */
public final class DrainOrders {
    /** No site has an empty name. */
    private static final String PREFIX = "/drained/";

    private DrainOrders() {}

    public static String key(String site, String node) {
        return PREFIX + site + "/" + node;
    }

    /**
     * @param orderedMicros microseconds since 1970, by who orders
     */
    public static ClockReading of(String site, String node, long orderedMicros) {
        return new ClockReading(
                "",
                key(site, node),
                0L,
                0L,
                Long.MAX_VALUE, // no reading
                List.of(),
                "",
                "",
                "",
                0L,
                List.of(),
                0L,
                "",
                List.of(),
                List.of(),
                List.of(new DrainedNode(site, node, orderedMicros)));
    }

    /**
     * @param records of {@code farshore.clocks}
     */
    public static Stream<DrainedNode> in(Collection<ClockReading> records) {
        return records.stream().flatMap(record -> record.getDrainedNodes().stream());
    }
}
