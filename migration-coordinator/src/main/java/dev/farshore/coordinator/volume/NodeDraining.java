package dev.farshore.coordinator.volume;

import dev.farshore.coordinator.api.request.NodeSettings;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.clock.ClockSkews;
import dev.farshore.schemas.clock.DrainOrders;
import dev.farshore.schemas.event.ClockReading;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Has nodes drained, and not any more. The coordinator only keeps the order: the nodes of the site
 * carry it out among themselves, one VM after the other. Thread-safe.
 */
public final class NodeDraining {
    private static final Logger log = LoggerFactory.getLogger(NodeDraining.class);

    private final Supplier<Collection<ClockReading>> readings;
    private final DrainLog orders;
    private final LongSupplier nowMicros;

    /**
     * @param readings of {@code farshore.clocks}
     * @param nowMicros microseconds since 1970
     */
    public NodeDraining(
            Supplier<Collection<ClockReading>> readings, DrainLog orders, LongSupplier nowMicros) {
        this.readings = readings;
        this.orders = orders;
        this.nowMicros = nowMicros;
    }

    /**
     * @throws RefusedException if there is no such node, or {@code drained} is absent
     */
    public void set(String site, String node, NodeSettings asked) {
        if (asked.drained() == null) {
            throw RefusedException.malformed("drained is needed");
        }
        if (readings.get().stream().noneMatch(reading -> isOf(reading, site, node))) {
            throw RefusedException.notFound("site '%s' has no node '%s'".formatted(site, node));
        }
        if (asked.drained() == isDrained(site, node)) {
            return;
        }
        if (asked.drained()) {
            orders.order(site, node, nowMicros.getAsLong());
        } else {
            orders.revoke(site, node);
        }
        log.atInfo()
                .addKeyValue("site", site)
                .addKeyValue("node", node)
                .log(asked.drained() ? "node is to be drained" : "node is drained no more");
    }

    private boolean isDrained(String site, String node) {
        return DrainOrders.in(readings.get())
                .anyMatch(order -> order.getSite().equals(site) && order.getNode().equals(node));
    }

    /** Also one that has stopped: its last record stays. */
    private static boolean isOf(ClockReading reading, String site, String node) {
        return ClockSkews.key(reading.getSite(), reading.getNode())
                .equals(ClockSkews.key(site, node));
    }
}
