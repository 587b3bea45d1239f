package dev.farshore.testkit.workload;

import java.time.Duration;

/**
 * How long a workload waits.
 *
 * @param connect for one attempt to connect
 * @param reconnect for a volume to be served again after its connection was lost
 * @param answer for any request to be answered while some are in flight
 */
public record WorkloadTimeouts(Duration connect, Duration reconnect, Duration answer) {
    public static final WorkloadTimeouts DEFAULT =
            new WorkloadTimeouts(
                    Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(60));
}
