package dev.farshore.apply.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.SimulatedVolume;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.index.DirtyExtent;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.store.Images;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.LogEvent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * The invariants of the design, as they show at one site.
 *
 * @param log of the partition, by offset
 * @param reported what the site has said it has hardened, by volume
 */
record SiteInvariants(
        List<SimulatedVolume> volumes, List<LogEvent> log, Map<String, Long> reported) {

    void check(Images images, DirtyBlockIndex index) {
        for (SimulatedVolume volume : volumes) {
            images.status(volume.vvol)
                    .filter(status -> status.applied().seq() > 0)
                    .ifPresent(
                            status -> {
                                Image image = images.find(volume.vvol).orElseThrow();
                                replicaNeverAheadOfLog(volume, status);
                                noGap(status);
                                oneWriter(volume, status);
                                logIsTheTruth(volume, status, image);
                                positionMatchesData(status, image);
                                flushedMeansKept(status);
                            });
            index.find(volume.vvol).ifPresent(blocks -> cleanMeansHardened(volume, blocks));
        }
    }

    private static void replicaNeverAheadOfLog(SimulatedVolume volume, ReplicaStatus status) {
        assertThat(status.applied().seq())
                .as("ReplicaNeverAheadOfLog")
                .isLessThanOrEqualTo(volume.cursor.seq());
    }

    private static void noGap(ReplicaStatus status) {
        assertThat(status.health())
                .as("NoGap: it waits for what is missing")
                .isIn(Health.OK, Health.GAP);
    }

    private static void oneWriter(SimulatedVolume volume, ReplicaStatus status) {
        assertThat(status.applied().cursor().epoch())
                .as("OneWriter: event %d is of the epoch that counts", status.applied().seq())
                .isEqualTo(volume.epochs.get((int) status.applied().seq()));
    }

    private static void logIsTheTruth(SimulatedVolume volume, ReplicaStatus status, Image image) {
        if (status.isConsistent()) {
            assertThat(content(image))
                    .as("LogIsTheTruth: content after event %d", status.applied().seq())
                    .isEqualTo(volume.states.get((int) status.applied().seq()));
        }
    }

    private void positionMatchesData(ReplicaStatus status, Image image) {
        assertThat(status.hardened().seq())
                .as("PositionMatchesData: hardened is applied")
                .isLessThanOrEqualTo(status.applied().seq());
        assertThat(image.mixedUntilSeq())
                .as("PositionMatchesData: announced before applied")
                .isGreaterThanOrEqualTo(status.applied().seq());
        assertThat(log.get((int) status.applied().writesOffset()).header().seq())
                .as("PositionMatchesData: the offset is the event's")
                .isEqualTo(status.applied().seq());
    }

    /** A flush in {@code remote} mode was answered for what the site had said it has. */
    private void flushedMeansKept(ReplicaStatus status) {
        assertThat(status.hardened().seq())
                .as("FlushedMeansKept: what was said to be hardened")
                .isGreaterThanOrEqualTo(reported.getOrDefault(status.vvol(), 0L));
    }

    /** On what a site says others act. */
    void checkReport(Progress said, Images images) {
        ReplicaStatus status = images.status(said.getVvol()).orElseThrow();
        assertThat(said.getHardenedSeq())
                .as("ReplicaNeverAheadOfLog: nothing is claimed that is not so")
                .isLessThanOrEqualTo(status.hardened().seq());
        if (!said.getOpen() && said.getEpoch() > 0) {
            assertThat(said.getHardenedSeq())
                    .as("CutoverLosesNoWrite: a seal that is told of is hardened")
                    .isEqualTo(said.getAppliedSeq());
        }
    }

    private void cleanMeansHardened(SimulatedVolume volume, DirtyBlocks blocks) {
        long known = blocks.logEnd().seq();
        assertThat(blocks.gap()).isEmpty();
        assertThat(known).as("ReplicaNeverAheadOfLog").isLessThanOrEqualTo(volume.cursor.seq());
        assertThat(blocks.hardenedSeq())
                .as("the index knows only what was reported")
                .isLessThanOrEqualTo(reported.getOrDefault(volume.vvol, 0L));
        if (!blocks.isComplete()) {
            return;
        }
        long[] newest = volume.newest.get((int) known);
        long[] expected = new long[SimulatedVolume.SECTORS];
        for (int sector = 0; sector < expected.length; sector++) {
            expected[sector] = newest[sector] > blocks.hardenedSeq() ? newest[sector] : 0;
        }
        long[] found = new long[SimulatedVolume.SECTORS];
        for (DirtyExtent extent :
                blocks.extents(0, SimulatedVolume.SECTORS * (long) SimulatedVolume.SECTOR)) {
            assertThat(log.get((int) extent.writesOffset()).header().seq())
                    .as("the payload of a dirty block lies where the index says")
                    .isEqualTo(extent.seq());
            for (long at = 0; at < extent.length(); at += SimulatedVolume.SECTOR) {
                found[(int) ((extent.offset() + at) / SimulatedVolume.SECTOR)] = extent.seq();
            }
        }
        assertThat(found).as("LogIsTheTruth: what is not dirty is hardened").isEqualTo(expected);
    }

    static byte[] content(Image image) {
        ByteBuffer into = ByteBuffer.allocate((int) image.sizeBytes());
        try {
            image.read(0, into);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return into.array();
    }
}
