package dev.farshore.tests.cluster;

import static org.awaitility.Awaitility.await;

import dev.farshore.cli.Main;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.CoordinatorApi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Two coordinators as processes. */
final class CoordinatorPair implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private final List<Member> members = new ArrayList<>();
    private final CoordinatorApi api;

    /** One of them, which can be killed, paused and started again. */
    private static final class Member {
        private final Path folder;
        private int starts;
        private ChildProgram program;

        Member(Path folder) throws IOException {
            this.folder = folder;
            start();
        }

        void start() throws IOException {
            program =
                    ChildProgram.java(
                            folder.resolve("output-%d.log".formatted(++starts)),
                            Main.class,
                            "coordinator",
                            "--config",
                            folder.resolve("coordinator.yaml").toString());
        }
    }

    CoordinatorPair(Path folder, KafkaEnvironment cluster, List<Integer> ports, List<String> sites)
            throws IOException {
        for (int port : ports) {
            Path own = Files.createDirectories(folder.resolve("coordinator-" + port));
            Files.writeString(
                    own.resolve("coordinator.yaml"),
                    """
                    kafka:
                      bootstrapServers: [%s]
                    registry:
                      url: %s
                    http:
                      port: %d
                    sites: [%s]
                    topics:
                      partitions: 4
                      replicationFactor: 3
                    """
                            .formatted(
                                    cluster.bootstrapServers().replace(",", ", "),
                                    cluster.registryUrl(),
                                    port,
                                    String.join(", ", sites)));
            members.add(new Member(own));
        }
        api = new CoordinatorApi(ports);
        await().atMost(START_LIMIT).until(api::areAllReady);
    }

    /** Returns when one of them answers. */
    void awaitAnswer() {
        await().atMost(START_LIMIT).until(api::isOneReady);
    }

    void kill(int which) throws IOException, InterruptedException {
        members.get(which).program.signal("KILL");
    }

    void start(int which) throws IOException {
        members.get(which).start();
    }

    void pause(int which) throws IOException, InterruptedException {
        members.get(which).program.signal("STOP");
    }

    void resume(int which) throws IOException, InterruptedException {
        members.get(which).program.signal("CONT");
    }

    /** All that one printed since it was started last. */
    String output(int which) {
        return members.get(which).program.output();
    }

    CoordinatorApi api() {
        return api;
    }

    @Override
    public void close() {
        members.forEach(member -> member.program.close());
        api.close();
    }
}
