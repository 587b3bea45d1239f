package dev.farshore.coordinator.report;

import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.RetentionReport;
import dev.farshore.coordinator.api.report.SeedReport;
import dev.farshore.coordinator.api.report.ThrottleReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.lag.Lag;
import dev.farshore.coordinator.lag.LagState;
import dev.farshore.coordinator.lag.LagView;
import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.Vm;
import dev.farshore.schemas.clock.EpochMicros;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** Volumes, VMs and lags as the API shows them. Thread-safe. */
public final class VolumeReports {
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double SILENT_AFTER_SECONDS = 35;

    private final ImageReports images;
    private final Sites sites;
    private final LagView lags;
    private final MigrationHistory migrations;
    private final LongSupplier nowMicros;
    private final BiFunction<VolumeSpec, String, Optional<RetentionReport>> retention;
    private final ClockReports clocks;
    private final BiFunction<String, String, LagState> states;

    /**
     * @param retention of a volume at a site; empty while it can't be told
     * @param states of a volume's image at a site
     */
    public VolumeReports(
            ImageReports images,
            Sites sites,
            LagView lags,
            MigrationHistory migrations,
            LongSupplier nowMicros,
            BiFunction<VolumeSpec, String, Optional<RetentionReport>> retention,
            ClockReports clocks,
            BiFunction<String, String, LagState> states) {
        this.clocks = clocks;
        this.states = states;
        this.retention = retention;
        this.images = images;
        this.sites = sites;
        this.lags = lags;
        this.migrations = migrations;
        this.nowMicros = nowMicros;
    }

    public VolumeReport of(VolumeSpec spec) {
        return new VolumeReport(
                spec.getVvol(),
                spec.getVm(),
                spec.getSizeBytes(),
                spec.getOwner(),
                spec.getEpoch(),
                spec.getPhase().name(),
                spec.getDurability().name().toLowerCase(Locale.ROOT),
                spec.getJournalBytes(),
                spec.getPartition(),
                spec.getPlacement(),
                Micros.toInstant(spec.getCreatedMicros()),
                spec.getAutoReseed(),
                SeedService.isImporting(spec, images.find(spec.getVvol(), spec.getOwner()))
                        ? spec.getImportPath()
                        : "",
                images.of(spec.getVvol()).stream()
                        .sorted(Comparator.comparing(Progress::getSite))
                        .map(image -> image(spec, image))
                        .toList(),
                clocks.faultyCopies(spec.getVvol()),
                clocks.notServed(spec.getVvol(), spec.getOwner()));
    }

    public VmReport of(Vm vm) {
        return new VmReport(
                vm.name(),
                vm.owner(),
                migrations.moving(vm.name()).map(moving -> moving.plan().migration()).orElse(null),
                vm.volumes().stream().map(this::of).toList(),
                throttle(vm));
    }

    /** Limits are shared by a VM's volumes, rates and times add up. */
    private ThrottleReport throttle(Vm vm) {
        VolumeSpec any = vm.volumes().getFirst();
        ThrottleReport.Effect effect =
                vm.volumes().stream()
                        .flatMap(spec -> images.find(spec.getVvol(), spec.getOwner()).stream())
                        .map(VolumeReports::effect)
                        .reduce(VolumeReports::sum)
                        .orElse(new ThrottleReport.Effect(0, 0, 0, 0, 0, 0));
        return new ThrottleReport(
                any.getThrottleBytesPerSecond(), any.getThrottleWritesPerSecond(), effect);
    }

    private static ThrottleReport.Effect effect(Progress owner) {
        return new ThrottleReport.Effect(
                owner.getThrottleBytesPerSecond(),
                owner.getThrottleWritesPerSecond(),
                owner.getWrittenBytesPerSecond(),
                owner.getWritesPerSecond(),
                owner.getHeldWrites(),
                owner.getHeldMicros() / MICROS_PER_SECOND);
    }

    private static ThrottleReport.Effect sum(ThrottleReport.Effect a, ThrottleReport.Effect b) {
        return new ThrottleReport.Effect(
                Math.max(a.bytesPerSecond(), b.bytesPerSecond()),
                Math.max(a.writesPerSecond(), b.writesPerSecond()),
                a.writtenBytesPerSecond() + b.writtenBytesPerSecond(),
                a.writtenPerSecond() + b.writtenPerSecond(),
                a.heldWrites() + b.heldWrites(),
                a.heldSeconds() + b.heldSeconds());
    }

    /** How far the clocks of the nodes are from this one. */
    public List<ClockReport> clocks() {
        return clocks.all();
    }

    /** Of each volume at each known site. */
    public List<LagReport> lags(Collection<VolumeSpec> specs) {
        return specs.stream()
                .sorted(Comparator.comparing(VolumeSpec::getVvol))
                .flatMap(spec -> sites.known().stream().map(site -> lag(spec, site)))
                .toList();
    }

    private LagReport lag(VolumeSpec spec, String site) {
        Optional<Progress> image = images.find(spec.getVvol(), site);
        long now = nowMicros.getAsLong();
        @Nullable Lag lag = lags.lag(spec.getVvol(), site, now).orElse(null);
        @Nullable ClockReport clock =
                image.flatMap(at -> clocks.of(site, at.getNode())).orElse(null);
        return new LagReport(
                spec.getVvol(),
                spec.getVm(),
                site,
                spec.getOwner(),
                lag == null ? null : lag.events(),
                lag == null ? null : lag.bytes(),
                lag == null ? null : lag.seconds(),
                image.map(Progress::getHealth).orElse(Health.UNKNOWN).name(),
                image.map(at -> reason(spec, at)).orElseGet(() -> neverOpened(spec, site)),
                retention.apply(spec, site).orElse(null),
                clock,
                site.equals(spec.getOwner()) ? unpublished(spec, now) : null,
                clock == null ? null : silentSeconds(clock, now),
                applied(spec, site, now),
                states.apply(spec.getVvol(), site).name(),
                rpoSeconds(spec, image.orElse(null), lag, now));
    }

    private LagReport.@Nullable Applied applied(VolumeSpec spec, String site, long now) {
        return lags.applied(spec.getVvol(), site, now)
                .map(lag -> new LagReport.Applied(lag.events(), lag.bytes(), lag.seconds()))
                .orElse(null);
    }

    /**
     * How far back the guest would find itself if it had to go on from that image alone. What the
     * owner's node has acknowledged since it was heard of last, nobody knows: if it is silent, all
     * that time counts.
     */
    private @Nullable Double rpoSeconds(
            VolumeSpec spec, @Nullable Progress image, @Nullable Lag lag, long now) {
        if (image == null || lag == null || !isUsable(image, spec)) {
            return null;
        }
        LagReport.@Nullable Unpublished unpublished = unpublished(spec, now);
        if (unpublished == null) {
            return null;
        }
        double silentSeconds =
                images.find(spec.getVvol(), spec.getOwner())
                        .flatMap(owner -> clocks.of(owner.getSite(), owner.getNode()))
                        .map(clock -> silentSeconds(clock, now))
                        .orElse(0.0);
        return Math.max(lag.seconds(), Math.max(unpublished.seconds(), silentSeconds));
    }

    /** The owner's own image says nothing of the loss of its site. */
    private static boolean isUsable(Progress image, VolumeSpec spec) {
        boolean isElsewhere = !image.getSite().equals(spec.getOwner());
        return isElsewhere
                && switch (image.getHealth()) {
                    case OK, GAP -> true;
                    case UNKNOWN, FAULTED, NEEDS_SEED, SEEDING -> false;
                };
    }

    /** A volume has no image anywhere until its owner has opened it. */
    private String neverOpened(VolumeSpec spec, String site) {
        return site.equals(spec.getOwner())
                ? clocks.notServed(spec.getVvol(), site).stream()
                        .map(VolumeReport.NotServed::reason)
                        .findFirst()
                        .orElse("")
                : "";
    }

    private LagReport.@Nullable Unpublished unpublished(VolumeSpec spec, long now) {
        return lags.unpublished(spec.getVvol(), spec.getOwner(), now)
                .map(lag -> new LagReport.Unpublished(lag.events(), lag.bytes(), lag.seconds()))
                .orElse(null);
    }

    /**
     * A node measures its clock every ten seconds: who misses three of them is gone, or cut off.
     */
    private static @Nullable Double silentSeconds(ClockReport clock, long now) {
        double seconds =
                (now - EpochMicros.of(clock.measuredAt())) / MICROS_PER_SECOND
                        + clock.skewSeconds();
        return seconds > SILENT_AFTER_SECONDS ? seconds : null;
    }

    private static String reason(VolumeSpec spec, Progress image) {
        return Stream.of(image.getReason(), notServed(spec, image), image.getJournalLoss())
                .filter(reason -> !reason.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** Of a site that was the owner when it reported, and is not any more, it says nothing. */
    private static String notServed(VolumeSpec spec, Progress image) {
        return image.getSite().equals(spec.getOwner()) ? image.getNotServed() : "";
    }

    private VolumeReport.Image image(VolumeSpec spec, Progress image) {
        EpochOwner opener = EpochOwner.parse(image.getEpochOwner());
        return new VolumeReport.Image(
                image.getSite(),
                image.getNode(),
                image.getHealth().name(),
                image.getReason().isEmpty() ? image.getJournalLoss() : image.getReason(),
                image.getEpoch(),
                image.getOpen(),
                opener.site(),
                opener.node(),
                image.getAppliedSeq(),
                image.getHardenedSeq(),
                image.getHardenedVmSeq(),
                image.getEndpoint(),
                notServed(spec, image),
                image.getHttpUrl(),
                image.getClients() < 0 ? null : image.getClients(),
                Micros.toInstant(image.getReportedMicros()),
                lag(spec, image.getSite()),
                new SeedReport(
                        image.getSeedId(),
                        image.getSeedFinished(),
                        image.getSeedDoneBytes(),
                        image.getSeedTotalBytes(),
                        image.getSeedProblem()));
    }
}
