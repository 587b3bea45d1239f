package dev.farshore.capture.seed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.SeedNote;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

/**
 * Seeds among a guest's writes, against the simplest model, with the owner crashing at any step.
 */
@Timeout(120)
class SeedRunTest {
    private static final SeedNote NOTE = new SeedNote("a#j", SeedNote.Purpose.RESEED, 1);
    private static final int RUNS = Integer.getInteger("farshore.runs", 60);

    @Test
    void shouldGiveAnEmptyImageTheWholeVolumeWhateverTheGuestWrites() {
        long seed = seed();
        for (int run = 0; run < RUNS; run++) {
            SeedModel model = model(seed + run, run % 2 == 0);
            long startedSeq = start(model, run % 2 == 0);
            seedToTheEnd(model, run % 2 == 0, startedSeq);
            assertThat(replica(model)).as("seed %d, run %d", seed, run).isEqualTo(model.content());
        }
    }

    @Test
    void shouldGoOnAfterACrashAtAnyStep() {
        long seed = seed();
        for (int run = 0; run < RUNS; run++) {
            boolean isImport = run % 2 == 0;
            SeedModel model = model(seed + run, isImport);
            long startedSeq = start(model, isImport);
            int crashes = 0;
            for (int after = 1; !isFinished(model); after += 1 + run % 5) {
                model.crashAfterSteps = after;
                crashes += seedUntilCrash(model, isImport, startedSeq) ? 1 : 0;
                model.restart(startedSeq, SeedModel.SIZE);
                model.guest();
            }
            assertThat(crashes).as("crashes of run %d", run).isPositive();
            assertThat(replica(model)).as("seed %d, run %d", seed, run).isEqualTo(model.content());
        }
    }

    @Test
    void shouldShowTheGuestTheWholeDiskAtAnyTimeOfItsImport() throws IOException {
        long seed = seed();
        for (int run = 0; run < RUNS; run++) {
            SeedModel model = model(seed + run, true);
            long startedSeq = start(model, true);
            ImportReads reads = new ImportReads(quiet(model), model.touched());
            model.crashAfterSteps = 2 + run;
            seedUntilCrash(model, true, startedSeq);
            for (int i = 0; i < 20; i++) {
                ByteBuffer seen = ByteBuffer.allocate(SeedModel.SIZE);
                reads.read(0, seen, (offset, into) -> into.put(replica(model)));
                assertThat(seen.array())
                        .as("seed %d, run %d", seed, run)
                        .isEqualTo(model.content());
                model.guest();
            }
        }
    }

    @Test
    void shouldReadAgainWhatWasWrittenWhileItWasRead() throws IOException {
        long seed = seed();
        SeedModel model = model(seed, true);
        start(model, true);
        // A whole block, of which a half was untouched: written between the two reads.
        ImportReads reads = new ImportReads(quiet(model), model.touched());
        for (int i = 0; i < 50; i++) {
            ByteBuffer seen = ByteBuffer.allocate(SeedModel.SIZE);
            boolean[] isFirst = {true};
            reads.read(
                    0,
                    seen,
                    (offset, into) -> {
                        if (isFirst[0]) {
                            model.guest();
                            isFirst[0] = false;
                        }
                        into.put(replica(model));
                    });
            assertThat(seen.array()).as("seed %d", seed).isEqualTo(model.content());
        }
    }

    private static long seed() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("SeedRunTest seed " + seed + " (-Dfarshore.seed)");
        return seed;
    }

    private static SeedModel model(long seed, boolean isImport) {
        Random random = new Random(seed);
        byte[] disk = new byte[SeedModel.SIZE];
        for (int from = 0; from < disk.length; from += 1 + random.nextInt(200_000)) {
            byte[] some = new byte[Math.min(disk.length - from, random.nextInt(90_000))];
            random.nextBytes(some);
            System.arraycopy(some, 0, disk, from, some.length);
            from += some.length;
        }
        return new SeedModel(random, disk, isImport);
    }

    private static long start(SeedModel model, boolean isImport) {
        if (!isImport) {
            model.guest();
        }
        return model.start(NOTE.toString(), isImport, new TouchedRanges(SeedModel.SIZE));
    }

    /** The disk, with no guest in between. */
    private static SeedSource quiet(SeedModel model) {
        byte[] disk = model.diskBytes();
        return new SeedModel.Source(disk, model) {
            @Override
            public void read(long offset, ByteBuffer into) {
                into.put(disk, (int) offset, into.remaining());
            }
        };
    }

    private static SeedRun run(SeedModel model, boolean isImport, long startedSeq) {
        return new SeedRun(
                "v",
                NOTE,
                startedSeq,
                isImport ? model.disk() : model.volume(),
                model,
                model.touched(),
                () -> 0);
    }

    private static void seedToTheEnd(SeedModel model, boolean isImport, long startedSeq) {
        try (SeedRun run = run(model, isImport, startedSeq)) {
            run.start();
            await().pollInterval(Duration.ofMillis(1)).until(run::isFinished);
        }
    }

    /** Returns whether it crashed. */
    private static boolean seedUntilCrash(SeedModel model, boolean isImport, long startedSeq) {
        try (SeedRun run = run(model, isImport, startedSeq)) {
            run.start();
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> run.isFinished() || !run.problem().isEmpty());
            return !run.isFinished();
        }
    }

    private static boolean isFinished(SeedModel model) {
        return model.log().stream()
                .anyMatch(event -> event.header().kind() == EventKind.SEED_FINISHED);
    }

    /** An image that began empty at {@code SEED_STARTED}. */
    private static byte[] replica(SeedModel model) {
        byte[] image = new byte[SeedModel.SIZE];
        boolean isBegun = false;
        for (SeedModel.Event event : model.log()) {
            isBegun |= event.header().kind() == EventKind.SEED_STARTED;
            int from = (int) event.header().offset();
            if (isBegun && event.header().kind() == EventKind.WRITE) {
                System.arraycopy(event.payload(), 0, image, from, event.payload().length);
            } else if (isBegun && event.header().kind() == EventKind.TRIM) {
                int to = from + (int) event.header().length();
                Arrays.fill(image, from, to, (byte) 0);
            }
        }
        return image;
    }
}
