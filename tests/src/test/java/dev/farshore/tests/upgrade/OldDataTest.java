package dev.farshore.tests.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.schemas.topic.TopicSetup;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.Sites;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The data directories and topics of an earlier version open, with all that was acknowledged. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class OldDataTest {
    private static final int PARTITIONS = 2;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int KIB = 1024;

    @TempDir private Path folder;

    @Test
    void shouldGoOnWithWhatAnEarlierVersionLeft() throws Exception {
        Path saved = unpack();
        byte[] data = dataAsItWasLeft();
        byte[] journalled = logAsItWasLeft();
        try (KafkaEnvironment environment =
                KafkaEnvironment.start(KafkaEnvironment.Setup.in(folder.resolve("environment")))) {
            createTopics(environment.bootstrapServers());
            new SavedTopics(saved)
                    .restore(environment.bootstrapServers(), environment.registryUrl());
            try (Sites sites = Sites.on(folder, environment, PARTITIONS, "a", "b")) {
                awaitServed(sites, "a");
                assertThat(read(sites, "db-data", data.length)).as("db-data at a").isEqualTo(data);
                assertThat(read(sites, "db-log", journalled.length))
                        .as("db-log at a")
                        .isEqualTo(journalled);

                assertThat(sites.migrate("db", "b").hasFinished()).isTrue();
                awaitServed(sites, "b");
                write(sites, "db-data", data, 700 * KIB);
                write(sites, "db-log", journalled, 300 * KIB);
                assertThat(read(sites, "db-data", data.length)).as("db-data at b").isEqualTo(data);

                sites.awaitHardened("db-data");
                sites.awaitHardened("db-log");
                assertImages(sites, Map.of("db-data", data, "db-log", journalled));
            }
        }
    }

    private static void assertImages(Sites sites, Map<String, byte[]> expected) throws IOException {
        for (Map.Entry<String, byte[]> volume : expected.entrySet()) {
            for (Map.Entry<String, Path> image : sites.images(volume.getKey()).entrySet()) {
                assertThat(Files.readAllBytes(image.getValue()))
                        .as("image of %s at %s", volume.getKey(), image.getKey())
                        .isEqualTo(volume.getValue());
            }
        }
    }

    private static byte[] dataAsItWasLeft() {
        byte[] image = new byte[4 << 20];
        fill(image, 0, 64, 0x11);
        fill(image, 1024, 128, 0x12);
        fill(image, 1088, 32, 0);
        fill(image, 32, 64, 0x13);
        fill(image, 3 * 1024, 40, 0x14);
        fill(image, 512, 16, 0x15);
        // These three were in the journal only.
        fill(image, 1536, 4, 0x30);
        fill(image, 1540, 4, 0x31);
        fill(image, 1544, 4, 0x32);
        return image;
    }

    private static byte[] logAsItWasLeft() {
        byte[] image = new byte[2 << 20];
        fill(image, 0, 32, 0x21);
        fill(image, 16, 4, 0x22);
        fill(image, 1024, 64, 0x23);
        // Flushed (durability local), and in the journal only.
        fill(image, 128, 8, 0x24);
        return image;
    }

    private static void fill(byte[] image, int offsetKib, int lengthKib, int value) {
        Arrays.fill(image, offsetKib * KIB, (offsetKib + lengthKib) * KIB, (byte) value);
    }

    private static void awaitServed(Sites sites, String site) {
        for (String vvol : List.of("db-data", "db-log")) {
            await(vvol + " served at " + site)
                    .atMost(LIMIT)
                    .until(
                            () ->
                                    sites.image(vvol, site)
                                            .map(VolumeReport.Image::open)
                                            .orElse(false));
        }
    }

    private static byte[] read(Sites sites, String vvol, int sizeBytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocateDirect(sizeBytes);
        try (NbdClient client = NbdClient.connect(sites.locate(vvol), LIMIT)) {
            client.read(0, into).orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
        }
        byte[] read = new byte[sizeBytes];
        into.flip();
        into.get(read);
        return read;
    }

    private static void write(Sites sites, String vvol, byte[] image, int offset)
            throws IOException {
        Arrays.fill(image, offset, offset + 4 * KIB, (byte) 0x55);
        ByteBuffer payload = ByteBuffer.allocateDirect(4 * KIB).put(image, offset, 4 * KIB).flip();
        try (NbdClient client = NbdClient.connect(sites.locate(vvol), LIMIT)) {
            client.write(offset, payload, true)
                    .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }
    }

    private static void createTopics(String bootstrapServers) throws InterruptedException {
        try (Admin admin =
                Admin.create(
                        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
            new TopicSetup(admin, bootstrapServers).ensure(TopicSettings.of(PARTITIONS, 1), LIMIT);
        }
    }

    /** The data directories lie where nodes of these names look for them. */
    private Path unpack() throws IOException, InterruptedException {
        Path saved = Files.createDirectories(folder.resolve("saved"));
        Path archive = folder.resolve("saved.tar.gz");
        try (InputStream packed = OldDataTest.class.getResourceAsStream("81a4add.tar.gz")) {
            Files.copy(packed, archive, StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(
                        new ProcessBuilder(
                                        "tar", "-xzf", archive.toString(), "-C", saved.toString())
                                .inheritIO()
                                .start()
                                .waitFor())
                .isZero();
        for (String site : List.of("a", "b")) {
            Path data = Files.createDirectories(folder.resolve(site)).resolve("data");
            Files.move(saved.resolve("node-" + site), data);
            try (Stream<Path> all = Files.walk(data)) {
                for (Path file : all.filter(path -> path.endsWith("where")).toList()) {
                    Files.writeString(
                            file, Files.readString(file).replace("@DATA@", data.toString()));
                }
            }
        }
        return saved;
    }
}
