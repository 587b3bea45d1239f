package dev.farshore.cli.run;

import dev.farshore.process.start.Lifetime;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.schemas.topic.TopicSetup;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.testkit.embedded.EmbeddedFiles;
import dev.farshore.testkit.embedded.WorkFolder;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

/** Runs the embedded broker and registry alone, for trying things by hand. */
@Command(
        name = "dev",
        description =
                "Run the embedded Kafka and schema registry alone until interrupted, for trying"
                        + " things by hand.")
public final class DevCommand implements Callable<Integer> {
    private static final int MAX_PARTITIONS = 10_000;
    private static final Duration TOPICS_LIMIT = Duration.ofSeconds(30);

    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Keep data and logs in this folder and use what is there already. Default: a"
                            + " temporary folder, removed at the end.")
    private @Nullable Path data;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "64",
            showDefaultValue = CommandLine.Help.Visibility.ALWAYS,
            description =
                    "Of Farshore's topics, fixed for ever; the coordinator's topics.partitions has"
                            + " to be the same.")
    private int partitions;

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            description = "Default: a free one.",
            defaultValue = "0",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private int kafkaPort;

    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            description = "Default: a free one.",
            defaultValue = "0",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private int registryPort;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (partitions < 1 || partitions > MAX_PARTITIONS) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--partitions: 1 to %d".formatted(MAX_PARTITIONS));
        }
        try (WorkFolder folder = WorkFolder.orTemporary(data, "farshore-dev-");
                EmbeddedEnvironment environment =
                        EmbeddedEnvironment.start(
                                new EmbeddedEnvironment.Settings(
                                        folder.path(),
                                        port(kafkaPort, "--kafka-port"),
                                        port(registryPort, "--registry-port"),
                                        out::println))) {
            createTopics(environment.bootstrapServers(), partitions);
            out.println(howToUse(environment, partitions));
            out.flush();
            Lifetime.awaitInterrupt();
            out.println("Stopping.");
            out.flush();
        }
        return 0;
    }

    private static void createTopics(String bootstrapServers, int partitions)
            throws InterruptedException {
        Map<String, Object> settings =
                Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        try (Admin admin = Admin.create(settings)) {
            new TopicSetup(admin, bootstrapServers)
                    .ensure(TopicSettings.of(partitions, 1), TOPICS_LIMIT);
        }
    }

    private int port(int value, String option) {
        if (value < 0 || value > 65_535) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "%s: %d is no port; allowed: 1 to 65535, or 0 for a free one"
                            .formatted(option, value));
        }
        return value;
    }

    private static String howToUse(EmbeddedEnvironment environment, int partitions)
            throws IOException {
        String tool =
                "java -cp '%s' org.apache.kafka.tools."
                        .formatted(EmbeddedFiles.locate().kafkaToolsClasspath());
        return """

               Kafka             %1$s
               schema registry   %2$s

               Kafka's own tools work on it, for instance:
                 %3$sTopicCommand --bootstrap-server %1$s --describe
                 %3$sGetOffsetShell --bootstrap-server %1$s
               and the registry answers:
                 curl %2$s/subjects
               Farshore's topics are there; a coordinator's configuration for them has
                 topics: {partitions: %4$d, replicationFactor: 1}

               Press Ctrl-C to stop.
               """
                .formatted(
                        environment.bootstrapServers(),
                        environment.registryUrl(),
                        tool,
                        partitions);
    }
}
