package dev.farshore.cli.command;

import com.fasterxml.jackson.databind.JsonNode;

import dev.farshore.coordinator.api.report.VolumeReport;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.net.URI;
import java.util.concurrent.Callable;

/** {@code farshore volume dirty}: asks the coordinator for the site's node, and that for blocks. */
@Command(
        name = "dirty",
        description = "Show which blocks of a volume are newer in the log than in a site's image.")
final class DirtyCommand implements Callable<Integer> {
    @Mixin private CoordinatorOptions options;

    @Parameters(paramLabel = "NAME", description = "The volume.")
    private String name;

    @Option(names = "--site", required = true, paramLabel = "SITE", description = "Whose image.")
    private String site;

    @Option(
            names = "--offset",
            paramLabel = "BYTES",
            converter = Bytes.class,
            defaultValue = "0",
            description = "Where to begin.")
    private long offset;

    @Option(
            names = "--length",
            paramLabel = "BYTES",
            converter = Bytes.class,
            description = "How far to look. Default: to the end.")
    private @Nullable Long length;

    @Option(
            names = "--limit",
            paramLabel = "COUNT",
            defaultValue = "100",
            description = "Most extents to show, up to 10000. Default: ${DEFAULT-VALUE}.")
    private int limit;

    @Override
    public Integer call() throws InterruptedException {
        String path = "volumes/" + CoordinatorClient.segment(name);
        VolumeReport.Image image;
        try (CoordinatorClient coordinator = options.connect()) {
            image =
                    coordinator.get(path, VolumeReport.class).images().stream()
                            .filter(at -> at.site().equals(site))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            CoordinatorException.answered(
                                                    "site %s has no image of volume %s"
                                                            .formatted(site, name)));
        }
        if (image.httpUrl().isEmpty()) {
            throw CoordinatorException.answered(
                    "node %s of site %s does not answer HTTP: set http.listen in its configuration"
                            .formatted(image.node(), site));
        }
        show(ask(image, path));
        return 0;
    }

    private JsonNode ask(VolumeReport.Image image, String path) throws InterruptedException {
        String question =
                "%s/dirty?offset=%d&limit=%d%s"
                        .formatted(path, offset, limit, length == null ? "" : "&length=" + length);
        try (CoordinatorClient node = new CoordinatorClient(URI.create(image.httpUrl()))) {
            return node.get(question, JsonNode.class);
        } catch (CoordinatorException e) {
            if (!e.isUnreachable()) {
                throw e;
            }
            throw CoordinatorException.unreachable(
                    "no answer from node %s of site %s at %s"
                            .formatted(image.node(), site, image.httpUrl()),
                    e);
        }
    }

    private void show(JsonNode answer) {
        if (options.isJson()) {
            options.printJson(answer);
            return;
        }
        if (!answer.at("/source/isComplete").asBoolean()) {
            options.out().println("Not complete: " + answer.at("/source/reason").asText());
        }
        Table table = new Table("OFFSET", "LENGTH", "SEQ", "KIND");
        for (JsonNode extent : answer.path("extents")) {
            table.row(
                    extent.path("offset").asLong(),
                    extent.path("length").asLong(),
                    extent.path("seq").asLong(),
                    extent.path("kind").asText());
        }
        table.print(options.out());
        if (answer.has("next")) {
            options.out().println("More from --offset " + answer.path("next").asLong());
            options.out().flush();
        }
    }
}
