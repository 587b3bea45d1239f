package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.ForgottenSite;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code farshore site …}. */
@Command(name = "site", description = "Forget a site that is no more.")
public final class SiteCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command: forget.");
    }

    @Command(
            description =
                    "Forget a site whose nodes are gone, such as one of a mistyped name. It must own"
                            + " no volume. Its files stay; it is known again once a node of it"
                            + " starts.")
    int forget(
            @Parameters(paramLabel = "NAME", description = "The site.") String name,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            ForgottenSite forgotten =
                    coordinator.delete(
                            "sites/" + CoordinatorClient.segment(name), ForgottenSite.class);
            if (options.isJson()) {
                options.printJson(forgotten);
            } else {
                options.out()
                        .println(
                                "Site %s is forgotten: images of %d volumes, %d nodes."
                                        .formatted(
                                                forgotten.site(),
                                                forgotten.volumes().size(),
                                                forgotten.nodes().size()));
                options.out().flush();
            }
            return 0;
        }
    }
}
