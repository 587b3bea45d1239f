package dev.farshore.bench.apply;

import static dev.farshore.bench.report.BenchResult.Bound.AT_LEAST;
import static dev.farshore.bench.report.BenchResult.Bound.AT_MOST;

import dev.farshore.apply.index.DirtyExtent;
import dev.farshore.bench.report.BenchResult;
import dev.farshore.bench.report.Median;
import dev.farshore.schemas.topic.Topics;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Reads of 4 KiB of a volume's newest data at a site whose image lacks some: of a block that it
 * lacks, beside a bare consumer that seeks and polls; of one that it has, beside the image alone.
 */
final class ReadBench {
    private static final int BLOCK = 4096;
    private static final int EVENTS = 20_000;
    private static final long VOLUME_BYTES = 512L << 20;
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration TIME = Duration.ofSeconds(4);
    private static final int DEEP = 32;
    private static final double TIMES_OF_CONSUMER = 3;
    private static final double SHARE_OF_IMAGE = 0.8;

    private final BenchLog log;
    private final Path folder;
    private final int rounds;
    private final Consumer<String> news;

    ReadBench(BenchLog log, Path folder, int rounds, Consumer<String> news) {
        this.log = log;
        this.folder = folder;
        this.rounds = rounds;
        this.news = news;
    }

    List<BenchResult> run() throws IOException, InterruptedException {
        news.accept("reads of 4 KiB while the image lacks %d writes".formatted(EVENTS));
        Backlog backlog = new Backlog(1, BLOCK, EVENTS, VOLUME_BYTES);
        try (BacklogWriter writer = new BacklogWriter(backlog, log)) {
            writer.openAndFill();
            writer.write();
        }
        try (HeldBackSite site =
                new HeldBackSite(log, folder, backlog.vvol(0), backlog.filledSeq())) {
            return measure(site);
        } finally {
            log.reset();
        }
    }

    private List<BenchResult> measure(HeldBackSite site) throws IOException, InterruptedException {
        List<DirtyExtent> dirty = site.dirty();
        long[] dirtyOffsets = dirty.stream().mapToLong(DirtyExtent::offset).toArray();
        long[] cleanOffsets = cleanOffsets(site, dirty);
        List<Double> dirtyMicros = new ArrayList<>();
        List<Double> consumerMicros = new ArrayList<>();
        List<Double> latestMicros = new ArrayList<>();
        List<Double> replicaMicros = new ArrayList<>();
        List<Double> latestRates = new ArrayList<>();
        List<Double> replicaRates = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            dirtyMicros.add(read(site, "latest", dirtyOffsets, 1).p50Micros());
            consumerMicros.add(seekAndPoll(dirty));
            replicaMicros.add(read(site, "replica", cleanOffsets, 1).p50Micros());
            latestMicros.add(read(site, "latest", cleanOffsets, 1).p50Micros());
            replicaRates.add(read(site, "replica", cleanOffsets, DEEP).perSecond());
            latestRates.add(read(site, "latest", cleanOffsets, DEEP).perSecond());
        }
        return List.of(
                BenchResult.against(
                        "latest, a block the image lacks, median",
                        Median.of(dirtyMicros),
                        "us",
                        "a consumer's seek and poll",
                        Median.of(consumerMicros),
                        AT_MOST,
                        TIMES_OF_CONSUMER),
                BenchResult.beside(
                        "latest, a block the image has, depth 1, median",
                        Median.of(latestMicros),
                        "us",
                        "replica",
                        Median.of(replicaMicros)),
                BenchResult.against(
                        "latest, blocks the image has, depth " + DEEP,
                        Median.of(latestRates),
                        "reads/s",
                        "replica",
                        Median.of(replicaRates),
                        AT_LEAST,
                        SHARE_OF_IMAGE));
    }

    private static long[] cleanOffsets(HeldBackSite site, List<DirtyExtent> dirty) {
        boolean[] isDirty = new boolean[(int) (site.sizeBytes() / BLOCK)];
        for (DirtyExtent extent : dirty) {
            for (long at = extent.offset(); at < extent.offset() + extent.length(); at += BLOCK) {
                isDirty[(int) (at / BLOCK)] = true;
            }
        }
        return LongStream.range(0, isDirty.length)
                .filter(block -> !isDirty[(int) block])
                .map(block -> block * BLOCK)
                .toArray();
    }

    private static ReadLoad.Result read(HeldBackSite site, String view, long[] offsets, int depth)
            throws IOException, InterruptedException {
        return new ReadLoad(offsets, BLOCK, depth, WARM_UP, TIME).run(site.uri(view));
    }

    /** Microseconds, as a median. */
    private double seekAndPoll(List<DirtyExtent> dirty) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        List<Double> micros = new ArrayList<>();
        try (TopicReader reader = new TopicReader(log.bootstrapServers(), Topics.WRITES)) {
            long countFromNanos = System.nanoTime() + WARM_UP.toNanos();
            long endNanos = countFromNanos + TIME.toNanos();
            for (long start = System.nanoTime(); start < endNanos; start = System.nanoTime()) {
                reader.seekAndPoll(dirty.get(random.nextInt(dirty.size())).writesOffset());
                if (start >= countFromNanos) {
                    micros.add((System.nanoTime() - start) / 1e3);
                }
            }
        }
        return Median.of(micros);
    }
}
