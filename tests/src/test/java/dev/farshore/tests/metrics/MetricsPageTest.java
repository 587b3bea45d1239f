package dev.farshore.tests.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.metrics.MetricsPage.Row;
import dev.farshore.tests.metrics.Scrape.Series;
import dev.farshore.tests.site.Sites;
import dev.farshore.tests.support.FreePorts;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** {@code docs/metrics.md}, against scrapes of a node and a coordinator that work. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class MetricsPageTest {
    private static final long SIZE_BYTES = 16L << 20;
    private static final int VOLUMES = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Sites sites;
    private URI node;
    private MetricsPage page;
    private int volumes;

    @BeforeAll
    void start(KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        int port = FreePorts.find(1).getFirst();
        node = URI.create("http://127.0.0.1:" + port + "/metrics");
        sites =
                new Sites(
                        folder,
                        environment,
                        "http: {listen: \"127.0.0.1:%d\"}\n".formatted(port),
                        List.of("ma"));
        page = MetricsPage.read();
        addVolumes(VOLUMES);
        work("m0");
    }

    @AfterAll
    void stop() {
        sites.close();
    }

    private void addVolumes(int count) {
        for (int added = 0; added < count; added++) {
            String vvol = "m" + volumes++;
            sites.createVolume(vvol, SIZE_BYTES, "ma");
            sites.createVm("vm-" + vvol, vvol);
        }
    }

    /** Every operation that a guest has, and reads of both views. */
    private void work(String vvol) throws Exception {
        String uri = sites.locate(vvol).toString();
        RealTools.succeed(
                "qemu-io",
                "-f",
                "raw",
                "-c",
                "write -P 1 0 1M",
                "-c",
                "write -z 1M 64k",
                "-c",
                "discard 2M 64k",
                "-c",
                "flush",
                "-c",
                "read -P 1 0 1M",
                uri);
        sites.awaitHardened(vvol);
        RealTools.succeed(
                "qemu-io",
                "-r",
                "-f",
                "raw",
                "-c",
                "read -P 1 0 1M",
                uri.replace("/" + vvol, "/" + vvol + "@latest"));
    }

    private Scrape ofNode() throws Exception {
        return Scrape.of(node);
    }

    private Scrape ofCoordinator() throws Exception {
        return Scrape.of(sites.coordinator().url().resolve("/metrics"));
    }

    @Test
    void shouldDescribeEveryMetricOfANode() throws Exception {
        assertThatPageIsAs(ofNode(), page.rows("Every process", "Node"));
    }

    @Test
    void shouldDescribeEveryMetricOfACoordinator() throws Exception {
        assertThatPageIsAs(ofCoordinator(), page.rows("Every process", "Coordinator"));
    }

    @Test
    void shouldHaveSoManySeriesForEachVolumeAndNoneThatGrowOtherwise() throws Exception {
        Scrape before = awaitQuiet();
        int volumesBefore = volumes;
        addVolumes(VOLUMES);
        Scrape after = awaitQuiet();

        Predicate<Series> isOfVolume = series -> series.labels().containsKey("vvol");
        long added = after.count(isOfVolume) - before.count(isOfVolume);
        assertThat(added % VOLUMES).as("the same for each volume").isZero();
        assertThat(before.count(isOfVolume)).isEqualTo(added / VOLUMES * volumesBefore);
        long constant = after.count(isOfVolume.negate());
        System.out.println(
                "a node has %d series, and %d for each volume"
                        .formatted(constant, added / VOLUMES));
        assertThat(page.statedSeries())
                .as("series for each volume, in the page")
                .containsEntry("each", added / VOLUMES);
        assertThat(constant)
                .as("other series, in the page")
                .isLessThanOrEqualTo(page.statedSeries().get("at most"));
        assertThat(withoutVolumes(after)).isEqualTo(withoutVolumes(before));
    }

    /** What is always there, but for what belongs to volumes. */
    private Set<String> withoutVolumes(Scrape scrape) {
        Map<String, Row> rows = page.rows("Every process", "Node");
        return scrape.series().stream()
                .filter(series -> !series.labels().containsKey("vvol"))
                .filter(series -> rows.get(series.family()).isAlways())
                .map(series -> series.name() + series.labels())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** A new volume has its image, index and all a moment after it is open. */
    private Scrape awaitQuiet() throws Exception {
        Scrape[] last = {ofNode()};
        await().atMost(PATIENCE)
                .during(Duration.ofSeconds(1))
                .until(
                        () -> {
                            Scrape now = ofNode();
                            boolean isSame = now.count(any -> true) == last[0].count(any -> true);
                            last[0] = now;
                            return isSame;
                        });
        return last[0];
    }

    private static void assertThatPageIsAs(Scrape scrape, Map<String, Row> rows) {
        SoftAssertions all = new SoftAssertions();
        scrape.types()
                .forEach(
                        (family, type) -> {
                            Row row = rows.get(family);
                            all.assertThat(row).as("%s %s, in the page", type, family).isNotNull();
                            if (row != null) {
                                all.assertThat(row.type()).as("type of %s", family).isEqualTo(type);
                                all.assertThat(row.labels())
                                        .as("labels of %s", family)
                                        .containsExactlyInAnyOrderElementsOf(
                                                scrape.labelsOf(family, row.isOfEveryProcess()));
                                all.assertThat(row.meaning()).as(family).isNotBlank();
                            }
                        });
        rows.values().stream()
                .filter(Row::isAlways)
                .forEach(
                        row ->
                                all.assertThat(scrape.types())
                                        .as("what the page says is always there")
                                        .containsKey(row.family()));
        all.assertAll();
    }
}
