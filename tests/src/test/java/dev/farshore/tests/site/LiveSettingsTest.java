package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.farshore.coordinator.api.report.ThrottleReport;
import dev.farshore.coordinator.api.request.NewSize;
import dev.farshore.coordinator.api.request.NewThrottle;
import dev.farshore.coordinator.api.request.VolumeSettings;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What can be set of a running node and its volumes, as a user meets it: size, limits, durability,
 * TLS, and what the node tells over HTTP.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class LiveSettingsTest {
    private static final long SIZE_BYTES = 64L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private Path folder;
    private Sites sites;
    private int httpPort;
    private int tlsPort;

    @BeforeAll
    void start(KafkaEnvironment environment, @TempDir Path temporary) throws Exception {
        folder = temporary;
        sites = new Sites(temporary, environment, "la", "lb");
        makeCertificates();
        httpPort = freePort();
        tlsPort = freePort();
        sites.node("la").stop();
        Path config = temporary.resolve("la/node.yaml");
        Files.writeString(
                config,
                Files.readString(config)
                                .replace(
                                        "listeners: [",
                                        "listeners: [{address: \"tcp://127.0.0.1:%d\", tls: required, certificate: %s, key: %s, clientAuthority: %s}, "
                                                .formatted(
                                                        tlsPort,
                                                        temporary.resolve("server-cert.pem"),
                                                        temporary.resolve("server-key.pem"),
                                                        temporary.resolve("ca-cert.pem")))
                        + "http: {listen: \"127.0.0.1:%d\"}\n".formatted(httpPort));
        sites.node("la").start();
    }

    @AfterAll
    void stop() {
        http.close();
        sites.close();
    }

    @Test
    void shouldResizeAVolumeAndReplicateWhatLiesBehindItsOldEnd() throws Exception {
        sites.createVolume("size-disk", SIZE_BYTES, "la");
        run("qemu-io", "-f", "raw", "-c", "write -P 1 63M 1M", uri("size-disk"));

        sites.coordinator().changes().resize("size-disk", new NewSize(2 * SIZE_BYTES, null));

        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(run("nbdinfo", "--size", uri("size-disk")))
                                        .isEqualTo(2 * SIZE_BYTES + "\n"));
        run(
                "qemu-io",
                "-f",
                "raw",
                "-c",
                "read -P 1 63M 1M",
                "-c",
                "read -P 0 64M 64M",
                "-c",
                "write -P 2 127M 1M",
                uri("size-disk"));
        sites.awaitHardened("size-disk");
        Map<String, Path> images = sites.images("size-disk");
        for (Path image : images.values()) {
            assertThat(Files.size(image)).as("%s", image).isEqualTo(2 * SIZE_BYTES);
        }
        assertThat(Files.mismatch(images.get("la"), images.get("lb"))).isEqualTo(-1);
        run("qemu-io", "-r", "-f", "raw", "-c", "read -P 2 127M 1M", images.get("lb").toString());
    }

    @Test
    void shouldSlowAVmSmoothlyAndTellTheEffect() throws Exception {
        sites.createVolume("slow-disk", SIZE_BYTES, "la");
        sites.createVm("slow-vm", "slow-disk");
        sites.coordinator().changes().throttle("slow-vm", new NewThrottle(null, 500L));
        await().atMost(PATIENCE)
                .until(() -> get("/metrics").body().contains("throttle_writes_per_second"));
        await().atMost(PATIENCE)
                .until(() -> volume("slow-disk").at("/throttle/writesPerSecond").asInt() == 500);

        List<Double> rates = new ArrayList<>();
        // A machine that is short of time can only make a guest slower: some try is as it should
        // be.
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            JsonNode fio = writeForThreeSeconds("slow-disk", "slow-vm");
                            rates.add(fio.path("iops").asDouble());
                            assertThat(fio.path("iops").asDouble()).isCloseTo(500, within(50.0));
                            // 8 in flight are worth 16 ms; the rest is for a busy machine.
                            assertThat(fio.at("/clat_ns/max").asDouble() / 1e6)
                                    .isLessThan(16 + 200);
                        });
        ThrottleReport throttle = throttle("slow-vm");
        System.out.printf("limit 500 writes/s: %s; %s%n", rates, throttle);
        assertThat(rates).as("never faster than the limit").allMatch(rate -> rate < 550);
        assertThat(throttle.effect().writesPerSecond()).isEqualTo(500);
        assertThat(throttle.effect().heldWrites()).isGreaterThan(100);
        sites.coordinator().changes().throttle("slow-vm", new NewThrottle(null, null));
        await().atMost(PATIENCE)
                .until(() -> volume("slow-disk").at("/throttle/writesPerSecond").asInt() == 0);
    }

    /** Returns what fio says of its writes; meanwhile the coordinator has told their rate. */
    private JsonNode writeForThreeSeconds(String vvol, String vm) throws Exception {
        Process work =
                start(
                        "fio",
                        "--name=slow",
                        "--ioengine=nbd",
                        "--uri=" + uri(vvol),
                        "--rw=randwrite",
                        "--bs=4k",
                        "--iodepth=8",
                        "--size=32m",
                        "--time_based",
                        "--runtime=3",
                        "--output-format=json",
                        "--output=fio.json");
        List<Long> told = new ArrayList<>();
        while (!work.waitFor(50, TimeUnit.MILLISECONDS)) {
            told.add(throttle(vm).effect().writtenPerSecond());
        }
        assertThat(new String(work.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .doesNotContain("error");
        assertThat(work.exitValue()).isZero();
        assertThat(told).as("rates told").anyMatch(rate -> Math.abs(rate - 500) <= 75);
        return new ObjectMapper().readTree(folder.resolve("fio.json").toFile()).at("/jobs/0/write");
    }

    @Test
    void shouldLetFlushesWaitForTheOtherSiteFromTheNextOneOn() throws Exception {
        sites.createVolume("mode-disk", SIZE_BYTES, "la");
        sites.coordinator().changes().set("mode-disk", new VolumeSettings("remote", null));
        await().atMost(PATIENCE)
                .until(() -> volume("mode-disk").path("durability").asText().equals("remote"));

        run("qemu-io", "-f", "raw", "-c", "write -P 1 0 1M", "-c", "flush", uri("mode-disk"));

        run(
                "qemu-io",
                "-r",
                "-U",
                "-f",
                "raw",
                "-c",
                "read -P 1 0 1M",
                sites.node("lb").image("mode-disk").toString());
    }

    @Test
    void shouldServeAVolumeOverTlsToThoseWithACertificate() throws Exception {
        sites.createVolume("tls-disk", SIZE_BYTES, "la");
        String uri = "nbds://localhost:%d/tls-disk?tls-certificates=%s".formatted(tlsPort, folder);

        assertThat(run("nbdinfo", uri)).contains("with TLS", "export-size: 67108864");
        Path nothing = Files.createDirectory(folder.resolve("nothing"));
        Files.copy(folder.resolve("ca-cert.pem"), nothing.resolve("ca-cert.pem"));
        assertThat(
                        exitStatus(
                                "nbdinfo",
                                "--size",
                                uri.replace(folder.toString(), nothing.toString())))
                .as("without a certificate")
                .isNotZero();
        assertThat(
                        exitStatus(
                                "nbdinfo",
                                "--size",
                                "nbd://localhost:%d/tls-disk".formatted(tlsPort)))
                .as("without TLS")
                .isNotZero();
    }

    @Test
    void shouldTellOverHttpHowItsVolumesStand() throws Exception {
        sites.createVolume("told-disk", SIZE_BYTES, "la");
        run("qemu-io", "-f", "raw", "-c", "write -P 1 0 1M", uri("told-disk"));
        sites.awaitHardened("told-disk");

        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        JsonNode volume = volume("told-disk");
        assertThat(volume.path("state").asText()).isEqualTo("open");
        assertThat(volume.at("/written/bytes").asLong()).isEqualTo(1 << 20);
        assertThat(volume.at("/journal/acknowledgedSeq").asLong())
                .isEqualTo(volume.at("/hardenedSeq").asLong());
        assertThat(get("/metrics").body())
                .contains(
                        "# TYPE farshore_volume_written_bytes_total counter",
                        "farshore_volume_written_bytes_total{node=\"la-1\",site=\"la\",vm=\"\",vvol=\"told-disk\"} 1048576.0",
                        "farshore_journal_full_times_total{node=\"la-1\",site=\"la\",vm=\"\",vvol=\"told-disk\"} 0.0");
    }

    private ThrottleReport throttle(String vm) {
        return sites.coordinator()
                .volumeReports()
                .of(sites.coordinator().vms().require(vm))
                .throttle();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:%d%s".formatted(httpPort, path)))
                        .build(),
                BodyHandlers.ofString());
    }

    private JsonNode volume(String vvol) throws Exception {
        for (JsonNode volume : new ObjectMapper().readTree(get("/api/v1/volumes").body())) {
            if (volume.path("name").asText().equals(vvol)) {
                return volume;
            }
        }
        throw new AssertionError("the node does not tell of " + vvol);
    }

    private String uri(String vvol) {
        return "nbd+unix:///%s?socket=%s".formatted(vvol, sites.node("la").socket());
    }

    private void makeCertificates() throws Exception {
        run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test-authority",
                "-keyout",
                "ca-key.pem",
                "-out",
                "ca-cert.pem");
        Files.writeString(folder.resolve("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
        for (String who : new String[] {"server", "client"}) {
            run(
                    "openssl",
                    "req",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-subj",
                    "/CN=localhost",
                    "-keyout",
                    who + "-key.pem",
                    "-out",
                    who + ".csr");
            run(
                    "openssl",
                    "x509",
                    "-req",
                    "-in",
                    who + ".csr",
                    "-CA",
                    "ca-cert.pem",
                    "-CAkey",
                    "ca-key.pem",
                    "-CAcreateserial",
                    "-days",
                    "2",
                    "-extfile",
                    "names",
                    "-out",
                    who + "-cert.pem");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private String run(String tool, String... arguments) throws Exception {
        Process process = start(tool, arguments);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit status of %s: %s", tool, output).isZero();
        assertThat(output).doesNotContain("Pattern verification failed");
        return output;
    }

    private int exitStatus(String tool, String... arguments) throws Exception {
        Process process = start(tool, arguments);
        process.getInputStream().readAllBytes();
        return process.waitFor();
    }

    private Process start(String tool, String... arguments) throws IOException {
        return new ProcessBuilder(
                        Stream.concat(
                                        Stream.of(RealTools.require(tool).toString()),
                                        Stream.of(arguments))
                                .toList())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
    }
}
