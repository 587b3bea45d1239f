package dev.farshore.coordinator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One volume's log and its images, by the log's real rules. The invariants are asserted at every
 * event that is appended.
 */
final class SimulatedVolume {
    final String vvol;
    private final List<EventHeader> events = new ArrayList<>();
    private final Map<String, Image> images = new HashMap<>();
    private LogCursor end = LogCursor.START;
    private EventKind lastKind = EventKind.UNKNOWN;
    private boolean isTakenByForce;

    /** A site's image: what it has applied and hardened of the log. */
    static final class Image {
        LogCursor applied = LogCursor.START;
        int read;
        long hardenedSeq;
    }

    SimulatedVolume(String vvol, List<String> sites) {
        this.vvol = vvol;
        sites.forEach(site -> images.put(site, new Image()));
    }

    /** An operator answers for what another site may have written. */
    void takenByForce() {
        isTakenByForce = true;
    }

    LogCursor end() {
        return end;
    }

    Image image(String site) {
        return Objects.requireNonNull(images.get(site));
    }

    /** The site applies up to {@code count} events. */
    void apply(String site, int count) {
        Image image = image(site);
        for (int i = 0; i < count && image.read < events.size(); i++) {
            if (image.applied.judge(events.get(image.read)) instanceof Verdict.Next next) {
                image.applied = next.after();
            }
            image.read++;
        }
    }

    void harden(String site) {
        Image image = image(site);
        image.hardenedSeq = image.applied.seq();
    }

    /** What the node of {@code site} does about {@code spec}; writes once if it may. */
    void reconcile(String site, VolumeSpec spec) {
        LogCursor seen = image(site).applied;
        boolean isMine = seen.owner().equals(site);
        if (!spec.getOwner().equals(site)) {
            return;
        }
        if (spec.getPhase() == Phase.SEALED) {
            if (isMine && end.open() && end.epoch() == spec.getEpoch() && seen.equals(end)) {
                append(EventKind.EPOCH_SEALED, spec.getEpoch(), seen.seq() + 1, site);
            }
        } else if (seen.epoch() < spec.getEpoch()) {
            if (!seen.open() || isMine || isTakenByForce) {
                append(EventKind.EPOCH_OPENED, spec.getEpoch(), seen.seq() + 1, site);
            }
        } else if (isMine && seen.open() && end.open() && end.owner().equals(site)) {
            // The owner knows what it appended, applied or not.
            append(EventKind.WRITE, end.epoch(), end.seq() + 1, site);
        }
    }

    /**
     * A node goes on in an epoch that nobody gave it: it was started again, or has held writes for
     * too long.
     */
    void goOnByItself(String site, VolumeSpec spec) {
        LogCursor seen = image(site).applied;
        boolean isMine = seen.owner().equals(site) && spec.getOwner().equals(site);
        if (isMine && spec.getEpoch() <= seen.epoch()) {
            LogCursor last = end.owner().equals(site) ? end : seen;
            append(EventKind.EPOCH_OPENED, last.epoch() + 1, last.seq() + 1, site);
        }
    }

    /** A node ends its epoch unasked, for another node of its site. */
    void sealByItself(String site, VolumeSpec spec) {
        LogCursor seen = image(site).applied;
        if (spec.getOwner().equals(site)
                && seen.owner().equals(site)
                && seen.open()
                && seen.equals(end)) {
            append(EventKind.EPOCH_SEALED, end.epoch(), end.seq() + 1, site);
        }
    }

    Progress report(String site) {
        Image image = image(site);
        return Progress.newBuilder()
                .setVvol(vvol)
                .setSite(site)
                .setNode(site + "-1")
                .setEpoch(image.applied.epoch())
                .setOpen(image.applied.open())
                .setEpochOwner(opener(image.applied))
                .setAppliedSeq(image.applied.seq())
                .setHardenedSeq(image.hardenedSeq)
                .setHardenedVmSeq(image.hardenedSeq)
                .setHardenedTotalBytes(0)
                .setHardenedWritesOffset(image.hardenedSeq - 1)
                .setHealth(Health.OK)
                .setReportedMicros(0)
                .build();
    }

    private static String opener(LogCursor cursor) {
        String site = cursor.owner();
        return site.isEmpty() ? "" : "%s#1@%s-1".formatted(site, site);
    }

    private void append(EventKind kind, int epoch, long seq, String site) {
        EventHeader event =
                new EventHeader(vvol, epoch, seq, seq, kind, 0, 512, seq * 512, 0, 0, site);
        Verdict verdict = end.judge(event);
        if (kind == EventKind.WRITE && !isTakenByForce) {
            // A write that is acknowledged and then ignored by every reader would be a lost one.
            assertThat(verdict).as("%s writes %s", site, event).isInstanceOf(Verdict.Next.class);
        }
        if (verdict instanceof Verdict.Next next) {
            if (kind == EventKind.EPOCH_OPENED
                    && end.seq() > 0
                    && !end.owner().equals(site)
                    && !isTakenByForce) {
                assertThat(lastKind).as("CutoverLosesNoWrite").isEqualTo(EventKind.EPOCH_SEALED);
                assertThat(image(site).hardenedSeq)
                        .as("CutoverLosesNoWrite: hardened at %s before it opens", site)
                        .isEqualTo(end.seq());
            }
            end = next.after();
            lastKind = kind;
        }
        events.add(event);
    }
}
