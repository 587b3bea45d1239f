package dev.farshore.capture.journal;

import org.junit.jupiter.api.Test;

import java.io.IOException;

/**
 * A thousand power cuts at random moments, in the middle of an opening, a force and a release, too:
 * no flushed write is lost, every other that is lost is told, nothing wrong is read, and no seq of
 * an epoch ever names two events.
 */
class PowerCutTest {
    private static final int CUTS = Integer.getInteger("farshore.powercut.cuts", 1000);

    @Test
    void shouldKeepWhatWasFlushedAndTellWhatElseIsLostWhenThePowerIsCut() throws IOException {
        long firstSeed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("seed: " + firstSeed);
        try (TestDirectories directory = new TestDirectories()) {
            long seed = firstSeed;
            for (int cuts = 0; cuts < CUTS; seed++) {
                try {
                    cuts += new PowerCutHost(directory.path("journal-" + seed), seed).run();
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError(
                            "repeat with -Dfarshore.seed=%d -Dfarshore.powercut.cuts=1"
                                    .formatted(seed),
                            e);
                }
            }
        }
    }
}
