package dev.farshore.coordinator.lag;

import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Follows {@code farshore.headers} and tells, against the sites' reports, how far each image is
 * behind: exactly, and cheaply enough to be asked many times a second. It owns its consumer and one
 * thread; {@link #lag} may be called from any.
 *
 * <p>It begins {@code lookBackRecords} before the end of each partition. Events and bytes are exact
 * nevertheless, since every event carries the volume's sums; the time is a lower bound for an image
 * that misses events from before that.
 */
public final class LagTracker implements LagView, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LagTracker.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(500);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** 256 KiB a volume at most. */
    private static final int MAX_CAPTURE_TIMES = 16_384;

    private final Consumer<String, IndexedHeader> consumer;
    private final ImageReports images;
    private final long lookBackRecords;
    private final Map<String, VolumeTrail> trails = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean isCaughtUp;
    private volatile boolean isClosed;

    /**
     * @param consumer without a group; owned by this object from here on
     */
    public LagTracker(
            Consumer<String, IndexedHeader> consumer, ImageReports images, long lookBackRecords) {
        this.consumer = consumer;
        this.images = images;
        this.lookBackRecords = lookBackRecords;
        thread = Thread.ofPlatform().name("lag-tracker").unstarted(this::follow);
    }

    public void start() {
        thread.start();
    }

    @Override
    public Optional<Lag> lag(String vvol, String site, long nowMicros) {
        Collection<Progress> all = images.of(vvol);
        VolumeTrail trail = trails.get(vvol);
        if (!isCaughtUp || (trail == null && all.isEmpty())) {
            return Optional.empty();
        }
        VolumeTrail known = trail == null ? trailOf(vvol) : trail;
        return Optional.of(
                images.find(vvol, site)
                        .map(image -> known.lagOf(image, all, nowMicros))
                        .orElseGet(() -> known.lagOfNothing(all, nowMicros)));
    }

    /** The log was read to the end that was found at the start. */
    public boolean isCaughtUp() {
        return isCaughtUp;
    }

    @Override
    public void close() throws InterruptedException {
        isClosed = true;
        consumer.wakeup();
        thread.join(CLOSE_TIMEOUT);
    }

    private void follow() {
        try (consumer) {
            Map<TopicPartition, Long> ends = seekBack();
            while (!isClosed) {
                pollOnce();
                isCaughtUp = isCaughtUp || ends.entrySet().stream().allMatch(this::isReached);
            }
        } catch (WakeupException e) {
            log.atDebug().log("lag tracker woken up to close");
        } catch (RuntimeException e) {
            if (!isClosed) {
                isCaughtUp = false;
                log.atError()
                        .setCause(e)
                        .log("lag tracker stopped: no lag can be told, migrations do not start");
            }
        }
    }

    private Map<TopicPartition, Long> seekBack() {
        List<TopicPartition> partitions =
                consumer.partitionsFor(Topics.HEADERS).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        ends.forEach(
                (partition, end) ->
                        consumer.seek(
                                partition,
                                Math.max(
                                        beginnings.getOrDefault(partition, 0L),
                                        end - lookBackRecords)));
        return ends;
    }

    private boolean isReached(Map.Entry<TopicPartition, Long> end) {
        return consumer.position(end.getKey()) >= end.getValue();
    }

    private void pollOnce() {
        try {
            for (ConsumerRecord<String, IndexedHeader> record : consumer.poll(POLL_TIMEOUT)) {
                EventHeader event = record.value().header();
                trailOf(event.vvol()).add(event);
            }
        } catch (RecordDeserializationException e) {
            log.atError()
                    .addKeyValue("partition", e.topicPartition())
                    .addKeyValue("offset", e.offset())
                    .setCause(e)
                    .log("unreadable header skipped: the lag of its volume may be understated");
            consumer.seek(e.topicPartition(), e.offset() + 1);
        }
    }

    /** The oldest event that some site has not hardened. */
    private long neededFromSeq(String vvol) {
        long neededFromSeq = Long.MAX_VALUE;
        for (Progress image : images.of(vvol)) {
            neededFromSeq = Math.min(neededFromSeq, image.getHardenedSeq() + 1);
        }
        return neededFromSeq == Long.MAX_VALUE ? 0 : neededFromSeq;
    }

    private VolumeTrail trailOf(String vvol) {
        return trails.computeIfAbsent(
                vvol,
                name ->
                        new VolumeTrail(
                                name,
                                new CaptureTimes(MAX_CAPTURE_TIMES, () -> neededFromSeq(name))));
    }
}
