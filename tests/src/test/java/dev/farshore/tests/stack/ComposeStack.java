package dev.farshore.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.tests.support.FreePorts;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The stack of {@code compose/} under a project name and host ports of its own, from images made of
 * this tree. Grafana is left out: its image cannot be made here.
 */
final class ComposeStack implements AutoCloseable {
    static final List<String> BROKERS = List.of("kafka-1", "kafka-2", "kafka-3");
    static final List<String> COORDINATORS = List.of("coordinator-1", "coordinator-2");
    static final List<String> NODES = List.of("a-1", "a-2", "b-1", "b-2");
    static final String PROMETHEUS = "prometheus";
    static final String REGISTRY = "registry";

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Duration BUILD_LIMIT = Duration.ofMinutes(10);
    private static final Duration UP_LIMIT = Duration.ofMinutes(10);
    private static final String PROJECT_LABEL = "com.docker.compose.project";

    private final String project;
    private final List<String> files;
    private final Map<String, Integer> ports;
    private final Docker docker;

    private ComposeStack(
            String project, List<String> files, Map<String, Integer> ports, Docker docker) {
        this.project = project;
        this.files = files;
        this.ports = ports;
        this.docker = docker;
    }

    /**
     * Makes the images that are missing. Nothing is started yet.
     *
     * @param name its project's is the test run's and this one; {@code build/sweep} knows them
     * @param files of {@code compose/}, overrides last
     * @param environment for them, beside ports and image
     */
    static ComposeStack prepare(String name, List<String> files, Map<String, String> environment)
            throws IOException, InterruptedException {
        Map<String, Integer> ports = new TreeMap<>();
        List<Integer> free = FreePorts.find(portVariables().size());
        for (int i = 0; i < free.size(); i++) {
            ports.put(portVariables().get(i), free.get(i));
        }
        Map<String, String> all = new HashMap<>(environment);
        ports.forEach((variable, port) -> all.put(variable, Integer.toString(port)));
        all.put("FARSHORE_IMAGE", "farshore/farshore:check");
        String embedded = System.getProperty("farshore.embedded");
        if (embedded != null) {
            all.put("FARSHORE_EMBEDDED", embedded);
        }
        Docker docker = Docker.require(ROOT.resolve("compose"), all);
        docker.run(
                BUILD_LIMIT,
                List.of("./stand-ins", "--pull", "bases", "kafka", "registry", "prometheus"));
        docker.run(BUILD_LIMIT, List.of("../build/image", "check"));
        String run = System.getenv("FARSHORE_TEST_RUN");
        String project =
                (run == null ? "farshore-" + ProcessHandle.current().pid() : run) + "-" + name;
        return new ComposeStack(project, List.copyOf(files), ports, docker);
    }

    private static List<String> portVariables() {
        List<String> names = new ArrayList<>(List.of("PROMETHEUS_PORT"));
        for (String coordinator : COORDINATORS) {
            names.add(variable(coordinator) + "_PORT");
        }
        for (String node : NODES) {
            names.add(variable(node) + "_NBD_PORT");
            names.add(variable(node) + "_HTTP_PORT");
        }
        return names;
    }

    private static String variable(String service) {
        return service.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** For {@code compose.secure.yaml}. */
    void makeCertificates() throws IOException, InterruptedException {
        docker.run(BUILD_LIMIT, List.of("./secure/make-certificates"));
    }

    /** Starts all services but Grafana, and returns how long it took until all were healthy. */
    Duration up() throws IOException, InterruptedException {
        List<String> services = new ArrayList<>(BROKERS);
        services.add(REGISTRY);
        services.addAll(COORDINATORS);
        services.addAll(NODES);
        services.add(PROMETHEUS);
        long startNs = System.nanoTime();
        List<String> command = new ArrayList<>(List.of("up", "-d", "--no-build"));
        command.addAll(services);
        docker.compose(UP_LIMIT, arguments(command));
        awaitHealthy(services.size());
        return Duration.ofNanos(System.nanoTime() - startNs);
    }

    /** Returns when so many containers are healthy. */
    private void awaitHealthy(int count) {
        await("healthy containers of " + project)
                .atMost(UP_LIMIT)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(
                        () ->
                                assertThat(statuses().values())
                                        .as("%s", statuses())
                                        .filteredOn(status -> status.contains("(healthy)"))
                                        .hasSize(count));
    }

    void awaitHealthy(String service) {
        await(service + " is healthy")
                .atMost(UP_LIMIT)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> statuses().getOrDefault(service, "").contains("(healthy)"));
    }

    /** By service, as {@code docker ps} says it. */
    private Map<String, String> statuses() throws IOException, InterruptedException {
        return lines("{{.Label \"com.docker.compose.service\"}}\t{{.Status}}").stream()
                .map(line -> line.split("\t", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1], (a, b) -> b));
    }

    private List<String> lines(String format) throws IOException, InterruptedException {
        return docker.run(
                        "docker",
                        "ps",
                        "-a",
                        "--filter",
                        "label=%s=%s".formatted(PROJECT_LABEL, project),
                        "--format",
                        format)
                .lines()
                .toList();
    }

    /** As a host's power failure ends it; it stays away until it is started. */
    void kill(String service) throws IOException, InterruptedException {
        docker.run("docker", "kill", container(service));
    }

    void start(String service) throws IOException, InterruptedException {
        docker.run("docker", "start", container(service));
    }

    void restart(String service) throws IOException, InterruptedException {
        docker.run("docker", "restart", container(service));
    }

    void copy(String service, String path, Path target) throws IOException, InterruptedException {
        docker.run("docker", "cp", container(service) + ":" + path, target.toString());
    }

    String execute(String service, String... command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("docker", "exec", container(service)));
        all.addAll(List.of(command));
        return docker.run(Duration.ofMinutes(1), all);
    }

    private String container(String service) throws IOException, InterruptedException {
        return lines("{{.Label \"com.docker.compose.service\"}}\t{{.ID}}").stream()
                .filter(line -> line.startsWith(service + "\t"))
                .map(line -> line.substring(service.length() + 1))
                .findFirst()
                .orElseThrow(() -> new IOException("there is no container of " + service));
    }

    /** What each container uses, in MiB, as {@code docker stats} has it. */
    Map<String, Double> memoryMib() throws IOException, InterruptedException {
        Map<String, Double> used = new TreeMap<>();
        for (String service : statuses().keySet()) {
            String usage =
                    docker.run(
                            "docker",
                            "stats",
                            "--no-stream",
                            "--format",
                            "{{.MemUsage}}",
                            container(service));
            used.put(service, mib(usage.split("/", 2)[0].strip()));
        }
        return used;
    }

    private static double mib(String amount) {
        double number = Double.parseDouble(amount.replaceAll("[A-Za-z]+", ""));
        return switch (amount.replaceAll("[0-9.]+", "")) {
            case "GiB" -> number * 1024;
            case "MiB" -> number;
            case "KiB" -> number / 1024;
            default -> number / (1 << 20);
        };
    }

    int nbdPort(String node) {
        return port(variable(node) + "_NBD_PORT");
    }

    List<Integer> coordinatorPorts() {
        return COORDINATORS.stream().map(name -> port(variable(name) + "_PORT")).toList();
    }

    int prometheusPort() {
        return port("PROMETHEUS_PORT");
    }

    private int port(String variable) {
        Integer port = ports.get(variable);
        if (port == null) {
            throw new IllegalArgumentException("no port " + variable);
        }
        return port;
    }

    /** The last lines of each container's log. */
    String logs() {
        try {
            return docker.compose(
                    Duration.ofMinutes(2),
                    arguments(List.of("logs", "--tail", "30", "--no-color")));
        } catch (IOException e) {
            return "no logs: " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "no logs";
        }
    }

    /** Removes containers, networks and volumes. */
    @Override
    public void close() throws IOException, InterruptedException {
        docker.compose(
                Duration.ofMinutes(5),
                arguments(List.of("down", "-v", "--remove-orphans", "--timeout", "15")));
        assertThat(lines("{{.Names}}")).as("containers left").isEmpty();
    }

    private List<String> arguments(List<String> command) {
        List<String> all = new ArrayList<>(List.of("-p", project));
        IntStream.range(0, files.size()).forEach(i -> all.addAll(List.of("-f", files.get(i))));
        all.addAll(command);
        return all;
    }
}
