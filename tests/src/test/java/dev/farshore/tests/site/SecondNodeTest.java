package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.cli.client.NbdClient;
import dev.farshore.cli.client.NbdUri;
import dev.farshore.cli.embedded.EmbeddedEnvironment;
import dev.farshore.coordinator.api.NewVolume;
import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A second node of a site, which must not write what the first one writes. */
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SecondNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SIZE_BYTES = 1L << 20;
    private static final int VOLUMES = 4;

    @Test
    void shouldRefuseADataDirThatAnotherNodeUses(
            EmbeddedEnvironment environment, @TempDir Path folder) throws Exception {
        try (Sites sites = new Sites(folder, environment, "da");
                ChildProgram second = sites.node("da").launch("second.log")) {
            assertThat(second.awaitExit(PATIENCE)).isNotZero();
            assertThat(second.output())
                    .contains("dataDir " + folder.resolve("da").resolve("data") + " is in use")
                    .contains("(process ");
        }
    }

    @Test
    void shouldServeAVolumeAtTheNodeThatKeepsItAndSayAtTheOtherWhereItIsNot(
            EmbeddedEnvironment environment, @TempDir Path folder) throws Exception {
        try (Sites sites = new Sites(folder, environment, "na");
                NodeProcess second =
                        new NodeProcess(folder.resolve("second"), "na", "na-2", environment)) {
            second.start();
            for (int volume = 0; volume < VOLUMES; volume++) {
                sites.coordinator()
                        .volumes()
                        .create(new NewVolume("na-" + volume, SIZE_BYTES, "na", null, null));
            }
            List<NodeProcess> nodes = List.of(sites.node("na"), second);
            for (int volume = 0; volume < VOLUMES; volume++) {
                String vvol = "na-" + volume;
                List<String> answers = new ArrayList<>();
                await(vvol + " served by one of two")
                        .atMost(PATIENCE)
                        .untilAsserted(
                                () -> {
                                    answers.clear();
                                    nodes.forEach(node -> answers.add(answer(node, vvol)));
                                    assertThat(answers).containsOnlyOnce("served");
                                });
                assertThat(answers)
                        .filteredOn(answer -> !answer.equals("served"))
                        .singleElement()
                        .asString()
                        .contains("another node of site na keeps partition");
            }
        }
    }

    private static String answer(NodeProcess node, String vvol) {
        NbdUri uri = NbdUri.parse("nbd+unix:///%s?socket=%s".formatted(vvol, node.socket()));
        try (NbdClient client = NbdClient.connect(uri, PATIENCE)) {
            client.flush().join();
            return "served";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
