package dev.farshore.tests.security;

import static org.awaitility.Awaitility.await;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.node.SiteNode;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.schemas.access.AccessCheck;
import dev.farshore.schemas.access.AclChanges;
import dev.farshore.schemas.access.AclRole;
import dev.farshore.schemas.access.Permission;
import dev.farshore.testkit.embedded.BrokerSecurity;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.tests.support.FreePorts;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AclBinding;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Two sites of one node each and a coordinator, all in this process, on a secured broker: each is a
 * user of its own, with a password that it reads from a file.
 */
final class SecuredSites implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final String COORDINATOR = "coordinator";
    static final AclRole.Coordinator COORDINATOR_ROLE = new AclRole.Coordinator();
    static final int BLOCK_BYTES = 64 << 10;
    private static final int ITERATIONS = 4096;

    final EmbeddedEnvironment environment;
    final BrokerSecurity security;
    private final Path folder;
    private final Admin admin;
    private final Map<String, Integer> httpPorts = new HashMap<>();
    private final Map<String, SiteNode> nodes = new TreeMap<>();
    private @Nullable CoordinatorProcess coordinator;
    private Path truststore;

    SecuredSites(Path folder) throws Exception {
        this.folder = folder;
        security = BrokerSecurity.create(folder.resolve("tls"));
        truststore = security.truststore();
        environment = EmbeddedEnvironment.start(EmbeddedEnvironment.Settings.in(folder), security);
        Map<String, Object> properties = new HashMap<>(security.adminProperties());
        properties.put("bootstrap.servers", environment.bootstrapServers());
        admin = Admin.create(properties);
    }

    Admin admin() {
        return admin;
    }

    static String user(String site) {
        return "node-" + site;
    }

    static String principal(String user) {
        return "User:" + user;
    }

    /** A user with a password, which a file of its own has, too. */
    void createUser(String user) throws Exception {
        useToLogIn(user, password(user));
        admin.alterUserScramCredentials(
                        List.of(
                                new UserScramCredentialUpsertion(
                                        user,
                                        new ScramCredentialInfo(
                                                ScramMechanism.SCRAM_SHA_512, ITERATIONS),
                                        password(user))))
                .all()
                .get();
    }

    static String password(String user) {
        return "secret of " + user;
    }

    /** What processes of this user log in with from now on; Kafka is not told. */
    void useToLogIn(String user, String password) throws IOException {
        Files.writeString(secrets(user), "password=%s\n".formatted(password));
    }

    /** Whom processes trust that start from now on. */
    void trust(Path certificates) {
        truststore = certificates;
    }

    private Path secrets(String user) {
        return folder.resolve(user + ".secrets");
    }

    void grant(String user, AclRole role) throws Exception {
        changes(user).add(bindings(user, role));
    }

    AclChanges changes(String user) {
        return new AclChanges(admin, principal(user));
    }

    static List<AclBinding> bindings(String user, AclRole role) {
        return role.permissions().stream().map(granted -> binding(user, granted)).toList();
    }

    static AclBinding binding(String user, Permission permission) {
        return permission.allowedTo(principal(user), "*");
    }

    void remove(String user, Permission permission) throws Exception {
        changes(user).remove(List.of(binding(user, permission)));
    }

    void add(String user, Permission permission) throws Exception {
        changes(user).add(List.of(binding(user, permission)));
    }

    /** What Kafka denies a user, by its own word. */
    List<Permission> missing(String user, AclRole role) throws Exception {
        Map<String, Object> properties =
                new HashMap<>(security.clientProperties(user, password(user)));
        properties.put("bootstrap.servers", environment.bootstrapServers());
        try (Admin own = Admin.create(properties)) {
            return new AccessCheck(own, PATIENCE).missing(role.permissions());
        }
    }

    private String kafka(String user) {
        return """
               kafka:
                 bootstrapServers: [%s]
                 properties:
                   security.protocol: SASL_SSL
                   sasl.mechanism: SCRAM-SHA-512
                   sasl.jaas.config: org.apache.kafka.common.security.scram.ScramLoginModule required username="%s" password="${file:%s:password}";
                   ssl.truststore.location: %s
                   ssl.truststore.password: %s
                   ssl.truststore.type: PKCS12
                   config.providers: file
                   config.providers.file.class: org.apache.kafka.common.config.provider.FileConfigProvider
               registry:
                 url: %s
               startTimeout: 30s
               """
                .formatted(
                        environment.bootstrapServers(),
                        user,
                        secrets(user),
                        truststore,
                        security.storePassword(),
                        environment.registryUrl());
    }

    CoordinatorConfig coordinatorConfig() throws IOException {
        Path file = folder.resolve("coordinator.yaml");
        Files.writeString(
                file,
                kafka(COORDINATOR)
                        + """
                          http:
                            port: 0
                          sites: [a, b]
                          topics:
                            partitions: 4
                            replicationFactor: 1
                          """);
        return CoordinatorConfig.read(file);
    }

    NodeConfig nodeConfig(String site, String node) throws IOException {
        Path file = folder.resolve(node + ".yaml");
        if (!httpPorts.containsKey(node)) {
            httpPorts.put(node, FreePorts.find(1).getFirst());
        }
        Files.writeString(
                file,
                kafka(user(site))
                        + """
                          site: %s
                          node: %s
                          dataDir: %s
                          nbd:
                            listeners: ["tcp://127.0.0.1:0"]
                            advertisedHost: 127.0.0.1
                          http:
                            listen: 127.0.0.1:%d
                          """
                                .formatted(site, node, folder.resolve(node), httpPorts.get(node)));
        return NodeConfig.read(file);
    }

    void startCoordinator() throws Exception {
        coordinator = CoordinatorProcess.start(coordinatorConfig(), news -> {});
    }

    void startNode(String site) throws Exception {
        nodes.put(
                site,
                SiteNode.start(nodeConfig(site, site + "-1"), ApplyListener.NONE, news -> {}));
    }

    void stopNode(String site) {
        SiteNode node = nodes.remove(site);
        if (node != null) {
            node.close();
        }
    }

    Coordinator coordinator() {
        return Objects.requireNonNull(coordinator).coordinator();
    }

    void createVm(String vm, String vvol, String site) {
        coordinator().volumes().create(new NewVolume(vvol, 16L << 20, site, null, null));
        coordinator().vms().create(new NewVm(vm, List.<@Nullable String>of(vvol)));
        awaitServed(vvol, site);
    }

    void awaitServed(String vvol, String site) {
        await(vvol + " served at " + site)
                .dontCatchUncaughtExceptions()
                .atMost(PATIENCE)
                .until(() -> image(vvol, site).map(VolumeReport.Image::open).orElse(false));
    }

    private Optional<VolumeReport.Image> image(String vvol, String site) {
        return coordinator()
                .volumeReports()
                .of(coordinator().volumes().require(vvol))
                .images()
                .stream()
                .filter(image -> image.site().equals(site))
                .findFirst();
    }

    MigrationReport migrate(String vm, String site) {
        String id =
                coordinator()
                        .migrations()
                        .start(vm, new NewMigration(site, null))
                        .plan()
                        .migration();
        await("migrated to " + site)
                .dontCatchUncaughtExceptions()
                .atMost(PATIENCE)
                .until(() -> migration(id).over());
        return migration(id);
    }

    private MigrationReport migration(String id) {
        return coordinator().migrationReports().of(coordinator().migrations().require(id));
    }

    /** Writes a block where the volume is owned, and waits for the reply. */
    void write(String vvol, int block, byte value) throws Exception {
        byte[] payload = new byte[BLOCK_BYTES];
        Arrays.fill(payload, value);
        // A node that was just started is known by its old address for a moment.
        try (NbdClient client =
                await("connected to " + vvol)
                        .dontCatchUncaughtExceptions()
                        .atMost(PATIENCE)
                        .ignoreExceptions()
                        .until(() -> NbdClient.connect(locate(vvol), PATIENCE), any -> true)) {
            client.write((long) block * BLOCK_BYTES, ByteBuffer.wrap(payload), false)
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private NbdUri locate(String vvol) {
        String owner = coordinator().volumes().require(vvol).getOwner();
        return NbdUri.parse(image(vvol, owner).orElseThrow().endpoint());
    }

    /** The first byte of a block in a site's image file. */
    byte hardened(String site, String vvol, int block) throws IOException {
        try (var images = Files.walk(folder.resolve(site + "-1"))) {
            Path image =
                    images.filter(file -> file.getFileName().toString().equals(vvol + ".img"))
                            .findFirst()
                            .orElseThrow(() -> new IOException("no image of " + vvol));
            try (var file = Files.newByteChannel(image)) {
                ByteBuffer one = ByteBuffer.allocate(1);
                file.position((long) block * BLOCK_BYTES).read(one);
                return one.get(0);
            }
        }
    }

    /** What the node of a site says of its health. */
    String health(String site) throws IOException, InterruptedException {
        return get(URI.create("http://127.0.0.1:%d/healthz".formatted(httpPorts.get(site + "-1"))));
    }

    String coordinatorHealth() throws IOException, InterruptedException {
        return get(coordinator().url().resolve("/health"));
    }

    static String get(URI uri) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(SiteNode::close);
        if (coordinator != null) {
            coordinator.close();
        }
        admin.close(Duration.ZERO);
        environment.close();
    }
}
