package dev.farshore.coordinator.volume;

import dev.farshore.coordinator.api.report.ForgottenSite;
import dev.farshore.coordinator.volume.SiteRemoval.Said;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.clock.ClockSkews;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.clock.DrainOrders;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.Topics;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Forgets a site that is no more, such as one that was started once under a mistyped name: removes
 * what it said of its images and clocks. Nothing else is lost. Its images stay where they are, and
 * if a node of it starts again it reports them and the site is known again.
 *
 * <p>A site that is there would be missing until its next report, and what waits for "every site"
 * would not wait for it. So it must not have been heard of lately. Nor may anything need it: a
 * volume that it owns, or owned when it was deleted, or a VM that moves there.
 *
 * <p>Thread-safe.
 */
public final class SiteForgetting {
    private static final Logger log = LoggerFactory.getLogger(SiteForgetting.class);

    private static final int CLOCKS_PARTITION = 0;

    private final Sites sites;
    private final VolumeSpecs specs;
    private final VmService vms;
    private final ImageReports images;
    private final Supplier<Collection<ClockReading>> readings;
    private final NodeSilence silence;
    private final Predicate<String> isMovingTo;
    private final SiteRemoval removal;
    private final LongSupplier nowMicros;

    /**
     * @param isMovingTo whether a VM is being migrated to a site
     * @param nowMicros microseconds since 1970
     */
    public SiteForgetting(
            Sites sites,
            VolumeSpecs specs,
            VmService vms,
            ImageReports images,
            Supplier<Collection<ClockReading>> readings,
            Clocks clocks,
            Predicate<String> isMovingTo,
            SiteRemoval removal,
            LongSupplier nowMicros) {
        this.sites = sites;
        this.specs = specs;
        this.vms = vms;
        this.images = images;
        this.readings = readings;
        this.silence = new NodeSilence(clocks, nowMicros);
        this.isMovingTo = isMovingTo;
        this.removal = removal;
        this.nowMicros = nowMicros;
    }

    /**
     * Returns once the site is not known any more.
     *
     * @throws RefusedException if it is not known, is configured, or is or may be needed or alive
     */
    public ForgottenSite forget(String site) {
        // No VM begins to move there, and no volume is made there, meanwhile.
        synchronized (vms) {
            return specs.change(() -> forgetNow(site));
        }
    }

    private ForgottenSite forgetNow(String site) {
        Collection<Progress> reports = images.ofSite(site);
        List<ClockReading> nodes =
                readings.get().stream().filter(node -> node.getSite().equals(site)).toList();
        if (site.isEmpty() || (reports.isEmpty() && nodes.isEmpty())) {
            throw RefusedException.notFound(
                    "site '%s' has said nothing that could be forgotten".formatted(site));
        }
        requireNotConfigured(site);
        requireNotNeeded(site, reports);
        nodes.forEach(this::requireGone);
        reports.forEach(this::requireOld);
        List<Said> said = new ArrayList<>();
        for (Progress report : reports) {
            said.add(
                    new Said(
                            Topics.PROGRESS,
                            spec(report).getPartition(),
                            report.getVvol() + "@" + site));
        }
        for (ClockReading node : nodes) {
            said.add(
                    new Said(
                            Topics.CLOCKS, CLOCKS_PARTITION, ClockSkews.key(site, node.getNode())));
        }
        DrainOrders.in(readings.get())
                .filter(order -> order.getSite().equals(site))
                .map(order -> DrainOrders.key(site, order.getNode()))
                .forEach(key -> said.add(new Said(Topics.CLOCKS, CLOCKS_PARTITION, key)));
        removal.remove(said);
        ForgottenSite forgotten =
                new ForgottenSite(
                        site,
                        reports.stream().map(Progress::getVvol).sorted().toList(),
                        nodes.stream().map(ClockReading::getNode).sorted().toList());
        log.atInfo()
                .addKeyValue("site", site)
                .addKeyValue("vvols", forgotten.volumes())
                .addKeyValue("nodes", forgotten.nodes())
                .log("site forgotten");
        return forgotten;
    }

    private void requireNotConfigured(String site) {
        if (sites.isConfigured(site)) {
            throw RefusedException.conflict(
                    "site '%s' is in the coordinator's configuration (sites): take it out there first"
                            .formatted(site));
        }
    }

    private void requireNotNeeded(String site, Collection<Progress> reports) {
        for (VolumeSpec spec : specs.all()) {
            if (spec.getOwner().equals(site)) {
                throw RefusedException.conflict(
                        "site '%s' is the owner of volume '%s'".formatted(site, spec.getVvol()));
            }
        }
        for (Progress report : reports) {
            if (spec(report).getOwner().equals(site)) {
                throw RefusedException.conflict(
                        "site '%s' was the owner of volume '%s' when that was deleted: the name could not be used again"
                                .formatted(site, report.getVvol()));
            }
        }
        if (isMovingTo.test(site)) {
            throw RefusedException.conflict("a VM is being moved to site '%s'".formatted(site));
        }
    }

    private VolumeSpec spec(Progress report) {
        return specs.find(report.getVvol())
                .or(() -> specs.findDeleted(report.getVvol()))
                .orElseThrow(
                        () ->
                                RefusedException.conflict(
                                        "site '%s' has an image of '%s', of which nothing else is known"
                                                .formatted(report.getSite(), report.getVvol())));
    }

    /** A node that stops says so with its last reading; one that has just started has none yet. */
    private void requireGone(ClockReading node) {
        boolean hasMeasured = node.getErrorMicros() != Long.MAX_VALUE;
        if (!hasMeasured && node.getProcess().isEmpty()) {
            return;
        }
        OptionalLong silentMicros = silence.micros(node);
        if (silentMicros.isEmpty()) {
            throw RefusedException.conflict(
                    "when node '%s' of site '%s' was last heard of is not known yet; try again in a minute"
                            .formatted(node.getNode(), node.getSite()));
        }
        if (!NodeSilence.isGone(silentMicros.getAsLong())) {
            throw RefusedException.conflict(
                    "node '%s' of site '%s' was heard of %d s ago: stop it first, and wait for %d s"
                            .formatted(
                                    node.getNode(),
                                    node.getSite(),
                                    Math.max(0, silentMicros.getAsLong() / 1_000_000),
                                    NodeSilence.GONE_AFTER.toSeconds()));
        }
    }

    /** Of nodes from before they measured their clocks, nothing else is known. */
    private void requireOld(Progress report) {
        long agoMicros = nowMicros.getAsLong() - report.getReportedMicros();
        if (!NodeSilence.isGone(agoMicros)) {
            throw RefusedException.conflict(
                    "node '%s' of site '%s' has reported %d s ago: stop it first, and wait for %d s"
                            .formatted(
                                    report.getNode(),
                                    report.getSite(),
                                    Math.max(0, agoMicros / 1_000_000),
                                    NodeSilence.GONE_AFTER.toSeconds()));
        }
    }
}
