package dev.farshore.coordinator.fake;

import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;

import org.apache.avro.Schema;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Reports in memory, and a short way to write one. */
public final class InMemoryReports implements ImageReports {
    private final Map<String, Progress> reports = new ConcurrentHashMap<>();

    public void put(Progress report) {
        reports.put(report.getVvol() + "@" + report.getSite(), report);
    }

    @Override
    public Optional<Progress> find(String vvol, String site) {
        return Optional.ofNullable(reports.get(vvol + "@" + site));
    }

    @Override
    public Collection<Progress> of(String vvol) {
        return reports.values().stream().filter(each -> each.getVvol().equals(vvol)).toList();
    }

    @Override
    public Collection<Progress> ofSite(String site) {
        return reports.values().stream().filter(each -> each.getSite().equals(site)).toList();
    }

    /** The site says nothing of the volume any more. */
    public void remove(String vvol, String site) {
        reports.remove(vvol + "@" + site);
    }

    @Override
    public Set<String> sites() {
        return reports.values().stream().map(Progress::getSite).collect(Collectors.toSet());
    }

    /** An image that has hardened all it applied, 512 bytes an event. */
    public static Progress report(
            String vvol, String site, int epoch, boolean open, String owner, long seq) {
        return report(vvol, site, epoch, open, owner, seq, seq);
    }

    public static Progress report(
            String vvol,
            String site,
            int epoch,
            boolean open,
            String owner,
            long appliedSeq,
            long hardenedSeq) {
        return Progress.newBuilder()
                .setVvol(vvol)
                .setSite(site)
                .setNode(site + "-1")
                .setEpoch(epoch)
                .setOpen(open)
                .setEpochOwner(owner.contains("#") ? owner : owner + "#1")
                .setAppliedSeq(appliedSeq)
                .setHardenedSeq(hardenedSeq)
                .setHardenedVmSeq(hardenedSeq)
                .setHardenedTotalBytes(hardenedSeq * 512)
                .setHardenedWritesOffset(hardenedSeq - 1)
                .setHealth(Health.OK)
                .setReportedMicros(0)
                .setClients(0)
                .build();
    }

    public static Progress stoppedByGap(Progress report, String reason) {
        return with(report, Health.GAP, reason, 0, true);
    }

    /** An image in another state, and the newest seed it knows of. */
    public static Progress with(
            Progress report, Health health, String reason, long seedId, boolean isSeedFinished) {
        return with(
                report,
                Map.of(
                        "health", health,
                        "reason", reason,
                        "seedId", seedId,
                        "seedFinished", isSeedFinished));
    }

    /** A report with other values of some fields. */
    public static Progress with(Progress report, Map<String, Object> values) {
        Progress changed = new Progress();
        for (Schema.Field field : Progress.getClassSchema().getFields()) {
            changed.put(field.pos(), values.getOrDefault(field.name(), report.get(field.pos())));
        }
        return changed;
    }
}
