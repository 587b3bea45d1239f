package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.RetentionReport;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code farshore lag}. */
@Command(
        name = "lag",
        description = "Show how far each site's image of each volume is behind the log.")
public final class LagCommand implements Callable<Integer> {
    private static final long WATCH_INTERVAL_MILLIS = 1_000;
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

    @Mixin private CoordinatorOptions options;

    @Option(
            names = "--watch",
            description = "Show it every second until interrupted; with --json, one line each.")
    private boolean watch;

    @Override
    public Integer call() throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            do {
                show(coordinator.list("lag", LagReport.class));
                if (watch) {
                    Thread.sleep(WATCH_INTERVAL_MILLIS);
                }
            } while (watch);
            return 0;
        }
    }

    /** For how long the log will have what the site needs. */
    private static String left(@Nullable RetentionReport retention) {
        if (retention == null || (retention.seconds() == null && retention.share() == 1)) {
            return "-";
        }
        String share = "%.0f %%".formatted(100 * retention.share());
        String left =
                retention.seconds() == null
                        ? share
                        : "%.0f s, %s".formatted(retention.seconds(), share);
        return retention.state().equals("OK") ? left : retention.state() + ": " + left;
    }

    private static Object known(@Nullable Number value) {
        return value == null ? "-" : value;
    }

    /** What the loss of the owner's host would cost. */
    private static String unpublished(LagReport.@Nullable Unpublished unpublished) {
        if (unpublished == null) {
            return "-";
        }
        return unpublished.events() == 0
                ? "0"
                : String.format(
                        Locale.ROOT,
                        "%d, %d B, %.1f s",
                        unpublished.events(),
                        unpublished.bytes(),
                        unpublished.seconds());
    }

    private static String health(LagReport lag) {
        String health = lag.reason().isEmpty() ? lag.health() : lag.health() + ": " + lag.reason();
        return lag.silentSeconds() == null
                ? health
                : String.format(Locale.ROOT, "%s, silent for %.0f s", health, lag.silentSeconds());
    }

    /** By how much the clock of the image's node is ahead of the coordinator's. */
    private static String clock(@Nullable ClockReport clock) {
        return clock == null
                ? "-"
                : "%+.1f ms ±%.1f"
                        .formatted(1000 * clock.skewSeconds(), 1000 * clock.errorSeconds());
    }

    private void show(List<LagReport> lags) {
        if (options.isJson()) {
            if (watch) {
                options.printJsonLine(lags);
            } else {
                options.printJson(lags);
            }
            return;
        }
        if (watch && System.console() != null) {
            options.out().print(CLEAR_SCREEN);
        }
        Table table =
                new Table(
                        "VOLUME",
                        "VM",
                        "SITE",
                        "OWNER",
                        "EVENTS",
                        "BYTES",
                        "SECONDS",
                        "STATE",
                        "NOT IN LOG",
                        "LOG KEEPS",
                        "CLOCK",
                        "HEALTH");
        for (LagReport lag : lags) {
            table.row(
                    lag.volume(),
                    lag.vm().isEmpty() ? "-" : lag.vm(),
                    lag.site(),
                    lag.owner(),
                    known(lag.events()),
                    known(lag.bytes()),
                    known(lag.seconds()),
                    lag.state() == null ? "-" : lag.state(),
                    unpublished(lag.unpublished()),
                    left(lag.retention()),
                    clock(lag.clock()),
                    health(lag));
        }
        table.print(options.out());
    }
}
