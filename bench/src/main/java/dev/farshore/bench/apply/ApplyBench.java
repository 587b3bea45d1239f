package dev.farshore.bench.apply;

import static dev.farshore.bench.report.BenchResult.Bound.AT_LEAST;
import static dev.farshore.bench.report.BenchResult.Bound.AT_MOST;

import dev.farshore.bench.peer.KafkaPerformance;
import dev.farshore.bench.peer.QemuStorageDaemon;
import dev.farshore.bench.report.BenchResult;
import dev.farshore.bench.report.Median;
import dev.farshore.schemas.topic.Topics;
import dev.farshore.testkit.embedded.EmbeddedFiles;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The cases of {@code bench apply}, one after the other, each with a log of its own. */
public final class ApplyBench {
    private static final long MIB = Backlog.MIB;
    private static final int SMALL = 4096;
    private static final int LARGE = 65_536;

    /** Of all volumes of a case together. */
    private static final long VOLUMES_BYTES = 512 * MIB;

    private static final int LAG_SECONDS = 20;
    private static final double LAG_LIMIT_MILLIS = 250;
    private static final double SMALL_EVENTS_PER_SECOND = 60_000;
    private static final double SHARE_OF_CONSUMER = 0.8;
    private static final double SHARE_OF_MIRROR = 0.25;
    private static final double SHARE_WITH_MANY_VVOLS = 0.75;

    private final BenchLog log;
    private final Path folder;
    private final Settings settings;
    private final List<BenchResult> results = new ArrayList<>();
    private int sites;

    /**
     * @param cases what is measured
     * @param rounds each throughput is the median of so many
     * @param backlogMebibytes payload of each case, in MiB
     * @param lagEventsPerSecond rate of writes at which the lag is measured
     * @param news told what is going on
     */
    public record Settings(
            Set<Case> cases,
            int rounds,
            int backlogMebibytes,
            int lagEventsPerSecond,
            Consumer<String> news) {}

    public ApplyBench(BenchLog log, Path folder, Settings settings) {
        this.log = log;
        this.folder = folder;
        this.settings = settings;
    }

    /** What can be measured by itself. */
    public enum Case {
        /** One volume, beside Kafka's own consumer test. */
        ONE,
        /** A backlog of random writes, beside QEMU's mirror after the same writes. */
        DRAIN,
        /** What more volumes cost. */
        VOLUMES,
        LAG,
        /** Of the newest data, where the image lacks some of it. */
        READS
    }

    public List<BenchResult> run() throws IOException, InterruptedException {
        Rates small = null;
        if (settings.cases().contains(Case.ONE)) {
            small = addOne();
        }
        if (settings.cases().contains(Case.DRAIN)) {
            small = small == null ? measure(1, SMALL, false) : small;
            addDrain(small);
        }
        if (settings.cases().contains(Case.VOLUMES)) {
            addVolumes(small == null ? measure(1, SMALL, false) : small);
        }
        if (settings.cases().contains(Case.LAG)) {
            addLag();
        }
        if (settings.cases().contains(Case.READS)) {
            results.addAll(new ReadBench(log, folder, settings.rounds(), settings.news()).run());
        }
        return results;
    }

    private Rates addOne() throws IOException, InterruptedException {
        Rates large = measure(1, LARGE, true);
        results.add(
                BenchResult.against(
                        "apply 64 KiB writes of one volume",
                        large.events() * LARGE / MIB,
                        "MiB/s",
                        "Kafka's consumer test",
                        large.peerEvents() * LARGE / MIB,
                        AT_LEAST,
                        SHARE_OF_CONSUMER));
        Rates small = measure(1, SMALL, true);
        results.add(
                BenchResult.bounded(
                        "apply 4 KiB writes of one volume",
                        small.events(),
                        "events/s",
                        AT_LEAST,
                        SMALL_EVENTS_PER_SECOND));
        results.add(
                BenchResult.beside(
                        "the same beside reading alone",
                        small.events(),
                        "events/s",
                        "Kafka's consumer test",
                        small.peerEvents()));
        results.add(
                BenchResult.of(
                        "processor time of a 64 KiB write", large.cpuMicrosPerEvent(), "us"));
        results.add(
                BenchResult.of("processor time of a 4 KiB write", small.cpuMicrosPerEvent(), "us"));
        return small;
    }

    private void addDrain(Rates small) throws IOException, InterruptedException {
        Backlog backlog = Backlog.of(1, SMALL, settings.backlogMebibytes() * MIB, VOLUMES_BYTES);
        double seconds = backlog.events() / small.events();
        String name = "drain %d MiB of random 4 KiB writes".formatted(settings.backlogMebibytes());
        if (!QemuStorageDaemon.isInstalled()) {
            results.add(BenchResult.of(name, seconds, "s"));
            return;
        }
        settings.news().accept("QEMU's mirror after the same writes");
        List<Double> mirrorSeconds = new ArrayList<>();
        List<Double> convergeSeconds = new ArrayList<>();
        for (int round = 0; round < settings.rounds(); round++) {
            MirrorRun.Mirrored mirrored = MirrorRun.run(backlog, folder);
            mirrorSeconds.add(mirrored.seconds());
            convergeSeconds.add(mirrored.convergeSeconds());
        }
        results.add(
                BenchResult.against(
                        name,
                        seconds,
                        "s",
                        "QEMU's mirror job, from the first write",
                        Median.of(mirrorSeconds),
                        AT_MOST,
                        SHARE_OF_MIRROR));
        results.add(
                BenchResult.beside(
                        name,
                        seconds,
                        "s",
                        "QEMU's mirror job, after its last write",
                        Median.of(convergeSeconds)));
    }

    private void addVolumes(Rates one) throws IOException, InterruptedException {
        addVolumes(1, one);
        Rates some = measure(16, SMALL, false);
        addVolumes(16, some);
        addVolumes(128, measure(128, SMALL, false));
        Rates many = measure(1024, SMALL, false);
        addVolumes(1024, many);
        results.add(
                BenchResult.against(
                        "apply 4 KiB writes of 1024 volumes",
                        many.events(),
                        "events/s",
                        "of 16 volumes",
                        some.events(),
                        AT_LEAST,
                        SHARE_WITH_MANY_VVOLS));
    }

    /**
     * @param events a second, applied and hardened
     * @param peerEvents a second, read by Kafka's own test; 0 if that was not asked for
     */
    private record Rates(double events, double peerEvents, double cpuMicrosPerEvent) {}

    private Rates measure(int vvols, int payloadBytes, boolean isWithPeer)
            throws IOException, InterruptedException {
        Backlog backlog =
                Backlog.of(
                        vvols,
                        payloadBytes,
                        settings.backlogMebibytes() * MIB,
                        VOLUMES_BYTES / vvols);
        settings.news().accept("%d volumes, writes of %d bytes".formatted(vvols, payloadBytes));
        int firstSite = sites;
        try (BacklogWriter writer = new BacklogWriter(backlog, log)) {
            writer.openAndFill();
            for (int round = 0; round < settings.rounds(); round++) {
                ApplyRun.takeIn(site(firstSite + round), log, folder, backlog);
            }
            // Kafka's own test is to read just what the site applies.
            log.forgetEvents();
            writer.write();
        }
        List<Double> rates = new ArrayList<>();
        List<Double> peerRates = new ArrayList<>();
        List<Double> cpuMicros = new ArrayList<>();
        for (int round = 0; round < settings.rounds(); round++) {
            if (isWithPeer) {
                peerRates.add(
                        new KafkaPerformance(EmbeddedFiles.locate(), log.bootstrapServers())
                                .consume(Topics.WRITES, backlog.events()));
            }
            ApplyRun.Drained drained =
                    ApplyRun.drain(site(firstSite + round), log, folder, backlog);
            rates.add(drained.eventsPerSecond());
            cpuMicros.add(drained.cpuMicrosPerEvent());
        }
        sites += settings.rounds();
        log.reset();
        return new Rates(
                Median.of(rates), isWithPeer ? Median.of(peerRates) : 0, Median.of(cpuMicros));
    }

    private static String site(int number) {
        return "s" + number;
    }

    private void addVolumes(int vvols, Rates rates) {
        results.add(
                BenchResult.of(
                        "4 KiB writes of %d volumes".formatted(vvols), rates.events(), "events/s"));
        results.add(
                BenchResult.of(
                        "processor time of %d volumes".formatted(vvols),
                        rates.cpuMicrosPerEvent(),
                        "us/event"));
    }

    private void addLag() throws IOException, InterruptedException {
        int rate = settings.lagEventsPerSecond();
        settings.news().accept("Lag at %d writes a second".formatted(rate));
        Backlog live = new Backlog(1, SMALL, rate * LAG_SECONDS, VOLUMES_BYTES);
        Histogram lag = LagRun.measure(site(sites++), log, folder, live, rate);
        results.add(
                BenchResult.of(
                        "lag at %d writes/s, p50".formatted(rate),
                        lag.getValueAtPercentile(50) / 1e3,
                        "ms"));
        results.add(
                BenchResult.bounded(
                        "lag at %d writes/s, p99".formatted(rate),
                        lag.getValueAtPercentile(99) / 1e3,
                        "ms",
                        AT_MOST,
                        LAG_LIMIT_MILLIS));
    }
}
