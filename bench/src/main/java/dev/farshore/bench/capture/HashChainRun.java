package dev.farshore.bench.capture;

import static dev.farshore.bench.report.BenchResult.Bound.AT_LEAST;

import dev.farshore.bench.capture.CaptureBench.Pattern;
import dev.farshore.bench.capture.CaptureRun.Settings;
import dev.farshore.bench.load.LoadResult;
import dev.farshore.bench.report.BenchResult;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * What the headers' hash chain costs: two volumes of one node, one of them without, are written in
 * turn, round after round. Which is first changes with each round.
 */
public final class HashChainRun {
    private static final List<Pattern> PATTERNS =
            List.of(Pattern.WRITE_4K_32, Pattern.WRITE_64K_32);

    private final Settings settings;
    private final Samples samples = new Samples();

    public HashChainRun(Settings settings) {
        this.settings = settings;
    }

    public List<BenchResult> run() throws IOException, InterruptedException {
        try (EmbeddedEnvironment environment =
                        EmbeddedEnvironment.start(
                                new EmbeddedEnvironment.Settings(
                                        settings.folder(), 0, 0, settings.news()));
                EmbeddedSite ours =
                        EmbeddedSite.start(
                                settings.folder(),
                                environment,
                                settings.compression(),
                                settings.volumeBytes())) {
            NbdUri without = ours.createWithoutChain();
            for (int round = 0; round <= settings.rounds(); round++) {
                for (Pattern pattern : PATTERNS) {
                    boolean isFirst = round % 2 == 0;
                    drive(round, isFirst, pattern, isFirst ? ours.uri() : without);
                    ours.awaitIdle();
                    drive(round, !isFirst, pattern, isFirst ? without : ours.uri());
                    ours.awaitIdle();
                }
            }
        }
        return PATTERNS.stream().map(this::result).toList();
    }

    /** The first round, number 0, is there to have all code compiled. */
    private void drive(int round, boolean isChained, Pattern pattern, NbdUri uri)
            throws IOException, InterruptedException {
        BenchTarget contestant = isChained ? BenchTarget.WHOLE_PATH : BenchTarget.WITHOUT_CHAIN;
        LoadResult result =
                settings.load()
                        .run(
                                uri,
                                pattern.spec(
                                        settings.volumeBytes(),
                                        settings.compressiblePercent(),
                                        Duration.ofSeconds(1),
                                        settings.time()));
        if (round > 0) {
            samples.add(contestant, pattern, result);
        }
        settings.news()
                .accept(
                        "  round %d: %-38s %-26s %,9.0f/s"
                                .formatted(
                                        round,
                                        contestant.title,
                                        pattern.title,
                                        result.perSecond()));
    }

    private BenchResult result(Pattern pattern) {
        return BenchResult.against(
                "whole path with the hash chain, " + pattern.title,
                samples.require(BenchTarget.WHOLE_PATH, pattern).perSecond(),
                "writes/s",
                BenchTarget.WITHOUT_CHAIN.title,
                samples.require(BenchTarget.WITHOUT_CHAIN, pattern).perSecond(),
                AT_LEAST,
                0.95);
    }
}
