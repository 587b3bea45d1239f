package dev.farshore.coordinator.retention;

import dev.farshore.coordinator.lag.LagView;
import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.coordinator.volume.VolumeSpecs;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Says, before it happens, that the log is about to forget what a slow site still needs: in the
 * coordinator's log once for each change, and to whoever asks.
 *
 * <p>Threading: a thread of its own asks Kafka; any thread asks it.
 */
public final class RetentionWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RetentionWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final Admin admin;
    private final WritesLogs writes;
    private final VolumeSpecs specs;
    private final ImageReports images;
    private final LagView lags;
    private final double warnBelow;
    private final LongSupplier nowMicros;
    private final Thread thread;

    /** By {@code vvol@site}; the thread's own. */
    private final Map<String, Headroom.State> told = new HashMap<>();

    private volatile Map<Integer, PartitionLog> logs = Map.of();
    private volatile boolean isClosed;

    /**
     * @param admin closed with this
     * @param warnBelow share of what the log keeps, 0 to 1
     */
    public RetentionWatch(
            Admin admin,
            VolumeSpecs specs,
            ImageReports images,
            LagView lags,
            double warnBelow,
            LongSupplier nowMicros) {
        this.admin = admin;
        this.writes = new WritesLogs(admin);
        this.specs = specs;
        this.images = images;
        this.lags = lags;
        this.warnBelow = warnBelow;
        this.nowMicros = nowMicros;
        this.thread = Thread.ofVirtual().name("retention").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Of a site's image of a volume; empty while it can't be told. */
    public Optional<Headroom> headroom(VolumeSpec spec, String site) {
        PartitionLog partition = logs.get(spec.getPartition());
        Optional<Progress> image = images.find(spec.getVvol(), site);
        if (partition == null || image.isEmpty()) {
            return Optional.empty();
        }
        if (image.get().getHealth() == Health.NEEDS_SEED) {
            return Optional.of(new Headroom(Headroom.State.OVERTAKEN, 0, 0));
        }
        boolean isAlone =
                specs.all().stream()
                                .filter(other -> other.getPartition() == spec.getPartition())
                                .count()
                        == 1;
        return lags.lag(spec.getVvol(), site, nowMicros.getAsLong())
                .map(
                        lag ->
                                Headroom.of(
                                        partition,
                                        lag,
                                        image.get().getHardenedWritesOffset() + 1,
                                        image.get().getSeenWritesOffset() + 1,
                                        isAlone,
                                        warnBelow));
    }

    private void run() {
        while (!isClosed) {
            try {
                logs = writes.ask();
                specs.all().forEach(this::tell);
            } catch (ExecutionException | TimeoutException | RuntimeException e) {
                log.atWarn().setCause(e).log("how long the log keeps events could not be asked");
            } catch (InterruptedException e) {
                return;
            }
            LockSupport.parkNanos(INTERVAL.toNanos());
        }
    }

    private void tell(VolumeSpec spec) {
        for (Progress image : images.of(spec.getVvol())) {
            headroom(spec, image.getSite()).ifPresent(now -> tell(image, now));
        }
    }

    private void tell(Progress image, Headroom now) {
        String key = image.getVvol() + "@" + image.getSite();
        Headroom.State before = told.put(key, now.state());
        if (now.state() == (before == null ? Headroom.State.OK : before)) {
            return;
        }
        Level level =
                switch (now.state()) {
                    case OK -> Level.INFO;
                    case LOW -> Level.WARN;
                    case OVERTAKEN -> Level.ERROR;
                };
        log.atLevel(level)
                .addKeyValue("vvol", image.getVvol())
                .addKeyValue("site", image.getSite())
                .addKeyValue("secondsLeft", Math.round(now.seconds()))
                .addKeyValue("percentLeft", Math.round(100 * now.share()))
                .log(
                        switch (now.state()) {
                            case OK -> "the log will keep what the site needs";
                            case LOW ->
                                    "the log is about to forget what the site still needs: let it catch up, or keep the log longer";
                            case OVERTAKEN ->
                                    "the log has forgotten what the site needs: it has to be seeded";
                        });
    }

    @Override
    public void close() {
        isClosed = true;
        LockSupport.unpark(thread);
        admin.close(Duration.ofSeconds(1));
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
