package dev.farshore.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.NodeProcess;
import dev.farshore.tests.site.Sites;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Questions about blocks at both nodes of a site whose image can't be written for a while, so that
 * everything stays dirty.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class BlockQueriesTest {
    private static final long SIZE_BYTES = 8L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern URL = Pattern.compile(" http=(http://\\S+)");

    private final HttpClient http = HttpClient.newHttpClient();
    private final JsonMapper mapper = JsonMapper.builder().build();

    @Test
    void shouldAnswerAtAnyNodeOfTheSite(KafkaEnvironment environment, @TempDir Path folder)
            throws Exception {
        Path later = folder.resolve("later");
        String settings =
                """
                http: {listen: "127.0.0.1:0"}
                images: {volumes: {asked: %s}}
                """;
        try (Sites sites = new Sites(folder, environment, "", List.of("qa"));
                NodeProcess one =
                        new NodeProcess(
                                folder.resolve("qb-1"),
                                "qb",
                                "qb-1",
                                environment,
                                settings.formatted(later.resolve("one.img")));
                NodeProcess two =
                        new NodeProcess(
                                folder.resolve("qb-2"),
                                "qb",
                                "qb-2",
                                environment,
                                settings.formatted(later.resolve("two.img")))) {
            NodeProcess.startAll(List.of(one, two));
            sites.createVolume("asked", SIZE_BYTES, "qa");
            assertThat(
                            RealTools.run(
                                    "qemu-io",
                                    "-f",
                                    "raw",
                                    "-c",
                                    "write -P 1 64k 4k",
                                    "-c",
                                    "write -P 2 66k 1k",
                                    "-c",
                                    "write -z 1M 64k",
                                    "-c",
                                    "write -P 3 3M 512",
                                    "nbd+unix:///asked?socket=" + sites.node("qa").socket()))
                    .extracting(RealTools.Result::status)
                    .isEqualTo(0);
            List<URI> urls = List.of(url(one), url(two));
            await("the index at both nodes")
                    .atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(ask(urls, "dirty/summary"))
                                            .extracting(
                                                    answer ->
                                                            answer.body()
                                                                    .path("dirtyBytes")
                                                                    .asLong())
                                            .containsOnly(4096L + 65536 + 512));
            List<Answer> summaries = ask(urls, "dirty/summary");
            assertThat(summaries).extracting(Answer::redirects).containsExactlyInAnyOrder(0, 1);
            assertThat(summaries)
                    .extracting(answer -> answer.body().at("/source/node").asText())
                    .hasSize(2)
                    .containsOnly(summaries.getFirst().body().at("/source/node").asText());
            assertThat(summaries.getFirst().body().path("dirtyExtents").asInt()).isEqualTo(5);

            JsonNode dirty = only(ask(urls, "dirty?offset=0&length=2097152"));
            assertThat(dirty.path("dirty").asBoolean()).isTrue();
            assertThat(dirty.at("/source/isComplete").asBoolean()).isTrue();
            assertThat(ranges(dirty))
                    .containsExactly(
                            "65536+2048 data",
                            "67584+1024 data",
                            "68608+1024 data",
                            "1048576+65536 zeroes");
            assertThat(dirty.at("/extents/1/seq").asLong())
                    .isGreaterThan(dirty.at("/extents/0/seq").asLong());
            assertThat(dirty.has("next")).isFalse();

            List<String> paged = new ArrayList<>();
            for (JsonNode page = only(ask(urls, "dirty?limit=2"));
                    ;
                    page = only(ask(urls, "dirty?limit=2&offset=" + page.path("next").asLong()))) {
                assertThat(ranges(page)).hasSizeLessThanOrEqualTo(2);
                paged.addAll(ranges(page));
                if (!page.has("next")) {
                    break;
                }
            }
            assertThat(paged).hasSize(5).last().isEqualTo("3145728+512 data");

            JsonNode block = only(ask(urls, "blocks/67600"));
            assertThat(block.path("offset").asLong()).isEqualTo(67584);
            assertThat(block.at("/newest/seq")).isEqualTo(dirty.at("/extents/1/seq"));
            assertThat(block.at("/newest/kind").asText()).isEqualTo("data");
            assertThat(block.path("dirty").asBoolean()).isTrue();
            JsonNode clean = only(ask(urls, "blocks/2097152"));
            assertThat(clean.path("dirty").asBoolean()).isFalse();
            assertThat(clean.has("newest")).isFalse();

            JsonNode heat = only(ask(urls, "heat"));
            assertThat(heat.path("regions")).hasSize(3);
            long seq = heat.at("/regions/1/seq").asLong();
            assertThat(only(ask(urls, "heat?since=" + seq)).path("regions"))
                    .singleElement()
                    .matches(region -> region.path("offset").asLong() == 3 << 20);
            String written = heat.at("/regions/2/written").asText();
            assertThat(only(ask(urls, "heat?since=" + written)).path("regions")).isEmpty();

            assertProblem(urls, "dirty?limit=0", 422, "limit");
            assertProblem(urls, "dirty?offset=-1", 422, "offset");
            assertProblem(urls, "heat?since=yesterday", 422, "since");
            assertThat(get(urls.getFirst().resolve("/api/v1/volumes/none/dirty")).status())
                    .isEqualTo(404);

            Files.createDirectories(later);
            await("the image, once there is a place for it")
                    .atMost(PATIENCE)
                    .untilAsserted(
                            () -> {
                                JsonNode summary = only(ask(urls, "dirty/summary"));
                                assertThat(summary.path("dirtyBytes").asLong()).isZero();
                                assertThat(summary.at("/source/isComplete").asBoolean()).isTrue();
                            });
            assertThat(only(ask(urls, "dirty")).path("dirty").asBoolean()).isFalse();
        }
    }

    private static URI url(NodeProcess node) {
        Matcher matcher = URL.matcher(node.output());
        assertThat(matcher.find()).as(node.output()).isTrue();
        return URI.create(matcher.group(1));
    }

    private record Answer(int status, String contentType, JsonNode body, int redirects) {}

    private List<Answer> ask(List<URI> nodes, String question) throws Exception {
        List<Answer> answers = new ArrayList<>();
        for (URI node : nodes) {
            answers.add(get(node.resolve("/api/v1/volumes/asked/" + question)));
        }
        return answers;
    }

    private Answer get(URI uri) throws Exception {
        HttpResponse<byte[]> response = send(uri);
        int redirects = 0;
        while (response.statusCode() == 307) {
            assertThat(++redirects).as("redirects of %s", uri).isLessThan(3);
            response = send(URI.create(response.headers().firstValue("Location").orElseThrow()));
        }
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                mapper.readTree(response.body()),
                redirects);
    }

    private HttpResponse<byte[]> send(URI uri) throws Exception {
        return http.send(
                HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Both nodes say the same. */
    private static JsonNode only(List<Answer> answers) {
        assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(200));
        assertThat(answers.getFirst().body()).isEqualTo(answers.getLast().body());
        return answers.getFirst().body();
    }

    private void assertProblem(List<URI> urls, String question, int status, String field)
            throws Exception {
        assertThat(ask(urls, question))
                .allSatisfy(
                        answer -> {
                            assertThat(answer.status()).isEqualTo(status);
                            assertThat(answer.contentType()).startsWith("application/problem+json");
                            assertThat(answer.body().path("field").asText()).isEqualTo(field);
                            assertThat(answer.body().path("detail").asText()).contains(field);
                        });
    }

    private static List<String> ranges(JsonNode dirty) {
        List<String> ranges = new ArrayList<>();
        Objects.requireNonNull(dirty.path("extents"))
                .forEach(
                        extent ->
                                ranges.add(
                                        "%d+%d %s"
                                                .formatted(
                                                        extent.path("offset").asLong(),
                                                        extent.path("length").asLong(),
                                                        extent.path("kind").asText())));
        return ranges;
    }
}
