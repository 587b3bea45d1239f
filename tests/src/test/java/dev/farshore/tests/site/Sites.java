package dev.farshore.tests.site;

import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.config.CoordinatorHttpConfig;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.testkit.workload.VolumeEndpoints;
import dev.farshore.tests.fixture.KafkaEnvironment;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Two sites of one node each, as processes, and a coordinator in this one. */
public final class Sites implements VolumeEndpoints, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int PARTITIONS = 8;

    private final CoordinatorProcess coordinator;
    private final SequencedMap<String, NodeProcess> nodes = new TreeMap<>();

    /**
     * @param names of the sites; other tests on the same broker have others
     */
    public Sites(Path folder, KafkaEnvironment environment, String... names)
            throws IOException, InterruptedException {
        this(folder, environment, "", List.of(names));
    }

    /**
     * @param further lines of each node's configuration file
     */
    public Sites(Path folder, KafkaEnvironment environment, String further, List<String> names)
            throws IOException, InterruptedException {
        this(folder, environment, Map.of(), further, names);
    }

    /** On topics that have another number of partitions. */
    public static Sites on(
            Path folder, KafkaEnvironment environment, int partitions, String... names)
            throws IOException, InterruptedException {
        return new Sites(folder, environment, Map.of(), "", List.of(names), partitions);
    }

    /**
     * @param bootstrapServers of sites that reach Kafka in their own way
     * @param further lines of each node's configuration file
     */
    Sites(
            Path folder,
            KafkaEnvironment environment,
            Map<String, String> bootstrapServers,
            String further,
            List<String> names)
            throws IOException, InterruptedException {
        this(folder, environment, bootstrapServers, further, names, PARTITIONS);
    }

    private Sites(
            Path folder,
            KafkaEnvironment environment,
            Map<String, String> bootstrapServers,
            String further,
            List<String> names,
            int partitions)
            throws IOException, InterruptedException {
        coordinator =
                CoordinatorProcess.start(
                        CoordinatorConfig.of(
                                new ConnectionConfig(
                                        new KafkaConfig(
                                                List.of(environment.bootstrapServers()), Map.of()),
                                        new RegistryConfig(URI.create(environment.registryUrl())),
                                        PATIENCE),
                                new CoordinatorHttpConfig("127.0.0.1", 0),
                                names,
                                TopicSettings.of(partitions, 1)),
                        news -> {});
        try {
            for (String name : names) {
                NodeProcess node =
                        new NodeProcess(
                                folder.resolve(name),
                                name,
                                name + "-1",
                                environment,
                                bootstrapServers.getOrDefault(name, environment.bootstrapServers()),
                                further);
                nodes.put(name, node);
            }
            NodeProcess.startAll(nodes.values());
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    public NodeProcess node(String site) {
        return Optional.ofNullable(nodes.get(site)).orElseThrow();
    }

    public Coordinator coordinator() {
        return coordinator.coordinator();
    }

    /** Returns when {@code site} serves it. */
    public void createVolume(String vvol, long sizeBytes, String site) {
        coordinator().volumes().create(new NewVolume(vvol, sizeBytes, site, null, null));
        await().atMost(PATIENCE)
                .until(() -> image(vvol, site).map(VolumeReport.Image::open).orElse(false));
    }

    public void createVm(String vm, String... vvols) {
        coordinator().vms().create(new NewVm(vm, List.<@Nullable String>of(vvols)));
    }

    /** Returns when the migration is over. */
    public MigrationReport migrate(String vm, String site) {
        String id =
                coordinator()
                        .migrations()
                        .start(vm, new NewMigration(site, null))
                        .plan()
                        .migration();
        await().atMost(PATIENCE).until(() -> migration(id).over());
        return migration(id);
    }

    private MigrationReport migration(String id) {
        return coordinator().migrationReports().of(coordinator().migrations().require(id));
    }

    /** Where a site's image stands, as it reported last. */
    public Optional<VolumeReport.Image> image(String vvol, String site) {
        return coordinator()
                .volumeReports()
                .of(coordinator().volumes().require(vvol))
                .images()
                .stream()
                .filter(image -> image.site().equals(site))
                .findFirst();
    }

    /** Waits until every site has hardened the whole log of a volume. */
    public void awaitHardened(String vvol) {
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            // Other tests' sites have reported on this broker, too, and gone.
                            List<LagReport> lags =
                                    coordinator()
                                            .volumeReports()
                                            .lags(List.of(coordinator().volumes().require(vvol)))
                                            .stream()
                                            .filter(lag -> nodes.containsKey(lag.site()))
                                            .toList();
                            return lags.size() == nodes.size()
                                    && lags.stream().allMatch(LagReport::isNone);
                        });
    }

    /** The image files of a volume, by site. */
    public Map<String, Path> images(String vvol) {
        Map<String, Path> images = new TreeMap<>();
        nodes.forEach((site, node) -> images.put(site, node.image(vvol)));
        return images;
    }

    @Override
    public NbdUri locate(String vvol) throws IOException {
        String owner = coordinator().volumes().require(vvol).getOwner();
        return NbdUri.parse(
                image(vvol, owner)
                        .map(VolumeReport.Image::endpoint)
                        .filter(endpoint -> !endpoint.isEmpty())
                        .orElseThrow(() -> new IOException(vvol + " is not served yet")));
    }

    @Override
    public void close() {
        nodes.values().forEach(NodeProcess::close);
        coordinator.close();
    }
}
