package dev.farshore.tests.cluster;

import dev.farshore.tests.fixture.Broker;
import dev.farshore.tests.site.NodeProcess;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** What fails during a hand-over, and comes back. */
enum Fault {
    NONE,
    BROKER_KILLED,
    BROKER_PAUSED,
    BROKER_CUT_OFF,
    SOURCE_KILLED,
    SOURCE_PAUSED,
    TARGET_KILLED,
    TARGET_PAUSED,
    COORDINATOR_KILLED,
    COORDINATOR_PAUSED,
    BOTH_COORDINATORS_KILLED;

    private static final int SHORTEST_PAUSE_MILLIS = 500;
    private static final int LONGEST_PAUSE_MILLIS = 4000;

    /** All that can be done to these brokers. */
    static List<Fault> possibleWith(List<Broker> brokers) {
        return Stream.of(values())
                .filter(
                        fault ->
                                fault != BROKER_CUT_OFF
                                        || brokers.stream().allMatch(Broker::canBeDisconnected))
                .toList();
    }

    /** Makes it happen, waits, and mends it. Returns for how long it lasted. */
    Duration happen(
            Random random,
            List<Broker> brokers,
            Map<String, NodeProcess> nodes,
            String source,
            String target,
            CoordinatorPair coordinators)
            throws IOException, InterruptedException {
        long startNanos = System.nanoTime();
        int pauseMillis = random.nextInt(SHORTEST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS);
        int which = random.nextInt(Integer.MAX_VALUE);
        switch (this) {
            case NONE -> {}
            case BROKER_KILLED -> {
                Broker broker = brokers.get(which % brokers.size());
                broker.kill();
                Thread.sleep(pauseMillis);
                broker.start();
            }
            case BROKER_PAUSED -> {
                Broker broker = brokers.get(which % brokers.size());
                broker.pause();
                Thread.sleep(pauseMillis);
                broker.resume();
            }
            case BROKER_CUT_OFF -> {
                Broker broker = brokers.get(which % brokers.size());
                broker.disconnect();
                Thread.sleep(pauseMillis);
                broker.reconnect();
            }
            case SOURCE_KILLED -> restart(nodes.get(source), pauseMillis);
            case TARGET_KILLED -> restart(nodes.get(target), pauseMillis);
            case SOURCE_PAUSED -> pause(nodes.get(source), pauseMillis);
            case TARGET_PAUSED -> pause(nodes.get(target), pauseMillis);
            case COORDINATOR_KILLED -> {
                coordinators.kill(which % 2);
                Thread.sleep(pauseMillis);
                coordinators.start(which % 2);
            }
            case COORDINATOR_PAUSED -> {
                coordinators.pause(which % 2);
                Thread.sleep(pauseMillis);
                coordinators.resume(which % 2);
            }
            case BOTH_COORDINATORS_KILLED -> {
                coordinators.kill(0);
                coordinators.kill(1);
                Thread.sleep(pauseMillis);
                coordinators.start(0);
                coordinators.start(1);
                coordinators.awaitAnswer();
            }
        }
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static void restart(NodeProcess node, int pauseMillis)
            throws IOException, InterruptedException {
        node.kill();
        Thread.sleep(pauseMillis);
        node.start();
    }

    private static void pause(NodeProcess node, int pauseMillis)
            throws IOException, InterruptedException {
        node.pause();
        Thread.sleep(pauseMillis);
        node.resume();
    }
}
