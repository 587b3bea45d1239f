package dev.farshore.capture.export;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.read.SiteBlockStatus;
import dev.farshore.capture.read.kafka.WriteLogs;
import dev.farshore.capture.read.latest.LatestAllocation;
import dev.farshore.capture.read.latest.LatestReader;
import dev.farshore.capture.read.latest.LogIndex;
import dev.farshore.capture.read.latest.LogIndex.SizeChange;
import dev.farshore.capture.read.latest.ReadBatches;
import dev.farshore.capture.read.latest.ReplicaAllocation;
import dev.farshore.capture.read.latest.ReplicaImage;
import dev.farshore.capture.read.latest.ReplicaImage.ImageState;
import dev.farshore.capture.read.latest.ReplicaReader;
import dev.farshore.capture.read.latest.WriteLog;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.log.LogCursor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The exports of a node: volumes under their own names, written where they are owned; and read-only
 * views {@code VVOL@VIEW} of what this site has of each.
 *
 * <p>Threading: any thread.
 */
public final class SiteExports implements Exports {
    private static final Duration OPEN_PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(2).toNanos();

    private final Exports owned;
    private final SiteContext context;

    /**
     * What the views are made of.
     *
     * @param patience how long a read waits for what it has to know of the log
     */
    public record SiteContext(
            String site,
            SiteVolumes volumes,
            LocalImages images,
            LogIndex index,
            WriteLogs logs,
            WriteEventCodec codec,
            Duration patience,
            CaptureObserver observer) {}

    /**
     * @param owned serves the plain names
     */
    public SiteExports(Exports owned, SiteContext context) {
        this.owned = owned;
        this.context = context;
    }

    @Override
    public List<Description> list() {
        List<Description> all = new ArrayList<>(owned.list());
        for (String vvol : context.volumes().vvols()) {
            if (context.volumes().partition(vvol).isEmpty()) {
                continue; // in the log, but no volume
            }
            context.volumes()
                    .image(vvol)
                    .ifPresent(
                            image -> {
                                for (SiteView view : SiteView.values()) {
                                    all.add(
                                            new Description(
                                                    view.exportOf(vvol),
                                                    describe(view, vvol, image)));
                                }
                            });
        }
        return all;
    }

    private String describe(SiteView view, String vvol, ReplicaImage image) {
        LogCursor at = image.state().cursor();
        String position =
                String.format(
                        Locale.ROOT,
                        "epoch %d, seq %d, %.1f s behind",
                        at.epoch(),
                        at.seq(),
                        context.volumes().secondsBehind(vvol));
        return switch (view) {
            case LATEST ->
                    "read-only: the newest data in the log, at site %s, whose image is at %s"
                            .formatted(context.site(), position);
            case REPLICA ->
                    "read-only: the image of site %s, at %s".formatted(context.site(), position);
        };
    }

    @Override
    public BlockDevice open(String name, Client client) throws ExportUnavailableException {
        int at = name.lastIndexOf(SiteView.SEPARATOR);
        if (at < 0) {
            return owned.open(name, client);
        }
        String vvol = name.substring(0, at);
        SiteView view =
                SiteView.of(name.substring(at + 1))
                        .orElseThrow(
                                () ->
                                        new ExportUnavailableException(
                                                ExportUnavailableException.Kind.UNKNOWN,
                                                "there is no export %s; of a volume there are %s"
                                                        .formatted(name, SiteView.allOf(vvol))));
        return open(view, vvol);
    }

    private BlockDevice open(SiteView view, String vvol) throws ExportUnavailableException {
        int partition =
                context.volumes()
                        .partition(vvol)
                        .orElseThrow(
                                () ->
                                        new ExportUnavailableException(
                                                ExportUnavailableException.Kind.UNKNOWN,
                                                "there is no volume " + vvol));
        ReplicaImage image =
                awaitImage(vvol)
                        .orElseThrow(
                                () ->
                                        new ExportUnavailableException(
                                                ExportUnavailableException.Kind.ELSEWHERE,
                                                "site %s has no image of volume %s here: %s"
                                                        .formatted(
                                                                context.site(),
                                                                vvol,
                                                                context.volumes()
                                                                        .whyNoImage(vvol))));
        return switch (view) {
            case LATEST -> latest(vvol, partition, image);
            case REPLICA -> replica(vvol, image);
        };
    }

    /** Has a client wait that connects while the node starts, or takes the volume over. */
    private Optional<ReplicaImage> awaitImage(String vvol) {
        long deadlineNanos = System.nanoTime() + OPEN_PATIENCE.toNanos();
        Optional<ReplicaImage> image = context.volumes().image(vvol);
        while (image.isEmpty() && System.nanoTime() < deadlineNanos) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            image = context.volumes().image(vvol);
        }
        return image;
    }

    private BlockDevice latest(String vvol, int partition, ReplicaImage image) {
        WriteLog log = context.logs().open(partition);
        LatestReader reader =
                new LatestReader(
                        vvol,
                        partition,
                        () -> context.volumes().image(vvol),
                        context.index(),
                        log,
                        context.codec(),
                        LatestReader.Waits.of(context.patience()),
                        context.observer());
        return new ReadOnlyDevice(
                SiteView.LATEST.exportOf(vvol),
                newestSize(vvol, image),
                new LatestReading(reader, new ReadBatches(reader, log)),
                new SiteBlockStatus(
                        vvol,
                        context.images(),
                        new LatestAllocation(
                                vvol,
                                partition,
                                () -> context.volumes().image(vvol),
                                context.index(),
                                log,
                                context.codec(),
                                context.patience())),
                log::close);
    }

    private BlockDevice replica(String vvol, ReplicaImage image) {
        ReplicaReader reader =
                new ReplicaReader(vvol, () -> context.volumes().image(vvol), context.patience());
        return new ReadOnlyDevice(
                SiteView.REPLICA.exportOf(vvol),
                image.sizeBytes(),
                reader::read,
                new SiteBlockStatus(
                        vvol,
                        context.images(),
                        new ReplicaAllocation(() -> context.volumes().image(vvol))),
                () -> {});
    }

    private long newestSize(String vvol, ReplicaImage image) {
        ImageState state = image.state();
        return context.index().view(vvol, 0, 0).stream()
                .flatMap(known -> known.sizes().stream())
                .filter(change -> change.seq() > state.cursor().seq())
                .reduce((earlier, later) -> later)
                .map(SizeChange::sizeBytes)
                .orElse(state.sizeBytes());
    }
}
