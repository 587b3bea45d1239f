package dev.farshore.apply.topology;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * A site's whole topology under Kafka Streams' own test driver: events that come twice, late, or
 * from owners who have lost their epoch; headers that are ahead of the events or behind; a disk
 * that writes when it likes; and crashes, with and without the loss of what nobody waited for.
 * After every step the invariants of the design hold.
 */
class SiteSimulationTest {
    private static final int RUNS = Integer.getInteger("farshore.runs", 8);
    private static final int STEPS = 250;

    /** Of the run that crashes once at each of its steps. */
    private static final int STEPS_WITH_A_CRASH = 60;

    @TempDir Path root;

    @Test
    void shouldKeepItsInvariantsThroughCrashesAtAnyStep() throws IOException {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("SiteSimulationTest: -Dfarshore.seed=" + seed);
        for (int run = 0; run < RUNS; run++) {
            SiteSimulation site =
                    new SiteSimulation(new Random(seed + run), root.resolve("run" + run));
            Random crashes = new Random(~seed - run);
            String what = "seed %d, run %d".formatted(seed, run);
            simulate(what, site, STEPS, step -> crashes.nextInt(16) == 0, crashes);
        }
    }

    @Test
    void shouldKeepItsInvariantsWhereverItCrashesOnce() throws IOException {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("SiteSimulationTest: -Dfarshore.seed=" + seed);
        for (int crashAt = 0; crashAt < STEPS_WITH_A_CRASH; crashAt++) {
            SiteSimulation site =
                    new SiteSimulation(new Random(seed), root.resolve("crash" + crashAt));
            int only = crashAt;
            String what = "seed %d, crash at step %d".formatted(seed, crashAt);
            simulate(what, site, STEPS_WITH_A_CRASH, step -> step == only, new Random(seed));
        }
    }

    private interface IsCrash {
        boolean at(int step);
    }

    private static void simulate(
            String what, SiteSimulation site, int steps, IsCrash isCrash, Random crashes)
            throws IOException {
        int step = 0;
        try {
            for (; step < steps; step++) {
                site.step();
                site.checkInvariants();
                if (isCrash.at(step)) {
                    site.crash(crashes.nextBoolean());
                    site.checkInvariants();
                }
            }
            site.finish();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("%s, step %d".formatted(what, step), e);
        } finally {
            site.close();
        }
    }
}
