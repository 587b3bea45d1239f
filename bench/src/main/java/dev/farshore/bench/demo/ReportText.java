package dev.farshore.bench.demo;

import java.util.Locale;
import java.util.stream.Collectors;

/** The report as a person reads it. */
public final class ReportText {
    private final DemoReport report;
    private final StringBuilder text = new StringBuilder();

    private ReportText(DemoReport report) {
        this.report = report;
    }

    public static String of(DemoReport report) {
        return new ReportText(report).write();
    }

    private String write() {
        line(
                report.passed()
                        ? "The VM's disks moved %s under load, and nothing was lost."
                        : "The VM's disks moved %s under load, and NOT ALL IS WELL.",
                way());
        line("");
        report.faults().forEach(fault -> line("  FAULT      %s", fault));
        if (!report.differences().isEmpty()) {
            line("  first      %s", report.differences().getFirst());
        }
        line(
                "  writes     %,d (%,d MB) in %.1f s: %,d/s, %.1f MB/s",
                report.writes(),
                report.bytes() / 1_000_000,
                report.durationMillis() / 1e3,
                report.writesPerSecond(),
                report.mbPerSecond());
        line("  reads      %,d, %,d of them wrong", report.reads(), report.wrongReads());
        line(
                "  latency    write %s, read %s, flush %s",
                millis(report.latencyMicros().write()),
                millis(report.latencyMicros().read()),
                millis(report.latencyMicros().flush()));
        line(
                "  lag        p50 %,d ms, p99 %,d ms, max %,d ms",
                report.lagMillis().p50(), report.lagMillis().p99(), report.lagMillis().max());
        report.migrations().forEach(this::writeMigration);
        line(
                "  images     %s; %,d MB compared, %,d lost writes",
                report.imagesIdentical() ? "identical at all sites" : "NOT identical",
                report.comparedBytes() / 1_000_000,
                report.lostWrites());
        line(
                "  flushes    %,d, images checked at them: %s; %,d sectors wrong",
                report.flushPoints(),
                report.flushPointsChecked().entrySet().stream()
                        .map(entry -> number(entry.getValue()) + " at " + entry.getKey())
                        .collect(Collectors.joining(", ")),
                report.flushPointFaults());
        return text.toString();
    }

    private void writeMigration(DemoReport.Migration migration) {
        line(
                "  switch     %s to %s: the guest waited %,d ms%s",
                migration.from(),
                migration.to(),
                migration.downtimeMillis(),
                migration.phases().entrySet().stream()
                        .map(phase -> phase.getKey() + " " + number(phase.getValue()) + " ms")
                        .collect(Collectors.joining(", ", " (", ")")));
    }

    private String way() {
        if (report.migrations().isEmpty()) {
            return "nowhere";
        }
        return "from "
                + report.migrations().getFirst().from()
                + report.migrations().stream()
                        .map(migration -> " to " + migration.to())
                        .collect(Collectors.joining());
    }

    private static String millis(DemoReport.Distribution micros) {
        return String.format(
                Locale.ROOT, "p50 %.1f p99 %.1f ms", micros.p50() / 1e3, micros.p99() / 1e3);
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private void line(String format, Object... arguments) {
        text.append(String.format(Locale.ROOT, format, arguments)).append(System.lineSeparator());
    }
}
