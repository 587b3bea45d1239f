package dev.farshore.testkit.embedded;

import org.apache.kafka.common.Uuid;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A broker's place in its cluster.
 *
 * @param id of the broker, from 1
 * @param controllerPorts of all, in the order of their ids
 * @param newClusterId of brokers whose folders are new
 */
record Membership(int id, List<Integer> controllerPorts, Uuid newClusterId) {

    /** The only one of its cluster. */
    static Membership alone() throws IOException {
        return ofCluster(1).getFirst();
    }

    /** The places of all brokers of one cluster. */
    static List<Membership> ofCluster(int brokers) throws IOException {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < brokers) {
            int port = FreePort.find();
            if (!ports.contains(port)) {
                ports.add(port);
            }
        }
        Uuid clusterId = Uuid.randomUuid();
        return IntStream.rangeClosed(1, brokers)
                .mapToObj(id -> new Membership(id, List.copyOf(ports), clusterId))
                .toList();
    }

    int brokers() {
        return controllerPorts.size();
    }

    int controllerPort() {
        return controllerPorts.get(id - 1);
    }

    /** As {@code controller.quorum.voters} wants them. */
    String voters() {
        return IntStream.rangeClosed(1, brokers())
                .mapToObj(voter -> voter + "@127.0.0.1:" + controllerPorts.get(voter - 1))
                .collect(Collectors.joining(","));
    }
}
