package dev.farshore.bench.apply;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.apply.index.DirtyExtent;
import dev.farshore.capture.export.SiteExports;
import dev.farshore.capture.export.SiteVolumes;
import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.read.kafka.WriteLogs;
import dev.farshore.capture.read.latest.ReplicaImage;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdListener;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.node.images.NodeLogIndex;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A site whose image has applied only a part of the log, with the index of the rest and the block
 * server: the node's own classes, but nothing applies.
 *
 * <p>Threading: any thread reads. Ownership: whoever made it closes it.
 */
final class HeldBackSite implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** So little that hardly a record is read twice. */
    private static final long CACHE_BYTES = 1L << 20;

    private final String vvol;
    private final Path socket;
    private final Image image;
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private final DirtyBlockStore store;
    private final WriteLogs logs;
    private final NbdServer server;

    /**
     * @param vvol the only one in its partition, the first
     * @param upToSeq of the volume's events the image has
     */
    HeldBackSite(BenchLog log, Path folder, String vvol, long upToSeq) throws IOException {
        this.vvol = vvol;
        this.socket = folder.resolve("reads.sock");
        this.image = Image.open(folder.resolve("reads"), vvol, 0, Integer.MAX_VALUE);
        this.store =
                new DirtyBlockStore(
                        (topic, bytes) -> null,
                        index,
                        name -> OptionalLong.empty(),
                        Runnable::run,
                        System::nanoTime);
        store.open(new TopicPartition(Topics.HEADERS, 0), folder.resolve("reads-index"));
        takeIn(log, upToSeq);
        this.logs = new WriteLogs(Map.of("bootstrap.servers", log.bootstrapServers()), CACHE_BYTES);
        SiteExports exports =
                new SiteExports(
                        new NoExports(),
                        new SiteExports.SiteContext(
                                "bench",
                                new OneVolume(),
                                new NoImages(),
                                new NodeLogIndex(index),
                                logs,
                                log.serdes().writeEventCodec(),
                                PATIENCE,
                                CaptureObserver.NONE));
        this.server =
                new NbdServer(exports, List.of(NbdListener.unix(socket)), NbdLimits.defaults());
        server.start();
    }

    private void takeIn(BenchLog log, long upToSeq) throws IOException {
        try (TopicReader writes = new TopicReader(log.bootstrapServers(), Topics.WRITES)) {
            for (ConsumerRecord<byte[], byte[]> record : writes.all()) {
                LogEvent event = log.serdes().writeEventCodec().decode(record.value());
                if (event.header().seq() <= upToSeq
                        && image.applied().cursor().judge(event.header())
                                instanceof Verdict.Next(LogCursor after)) {
                    image.apply(event, after, record.offset());
                }
            }
        }
        image.harden();
        try (TopicReader headers = new TopicReader(log.bootstrapServers(), Topics.HEADERS)) {
            for (ConsumerRecord<byte[], byte[]> record : headers.all()) {
                IndexedHeader header = log.serdes().writeHeaderCodec().decode(record.value());
                store.onHeader(vvol, new Decoded.Value<>(header), record.offset());
            }
        }
        store.onHardened(vvol, image.hardened().seq());
    }

    NbdUri uri(String view) {
        return NbdUri.parse("nbd+unix:///%s@%s?socket=%s".formatted(vvol, view, socket));
    }

    /** What the image lacks. */
    List<DirtyExtent> dirty() {
        return index.find(vvol)
                .map(blocks -> blocks.extents(0, image.sizeBytes()))
                .orElse(List.of());
    }

    long sizeBytes() {
        return image.sizeBytes();
    }

    @Override
    public void close() throws IOException {
        server.close();
        logs.close();
        store.close();
        image.close();
    }

    private record Replica(Image image) implements ReplicaImage {
        @Override
        public LogCursor applied() {
            return image.applied().cursor();
        }

        @Override
        public ImageState state() {
            ImagePosition position = image.applied();
            return new ImageState(position.cursor(), position.writesOffset(), position.sizeBytes());
        }

        @Override
        public long takenInOffset() {
            return image.applied().writesOffset();
        }

        @Override
        public boolean isUntouchedSince(long seq, long offset, long length) {
            return image.isUntouchedSince(seq, offset, length);
        }

        @Override
        public long mixedUntilSeq() {
            return 0;
        }

        @Override
        public long sizeBytes() {
            return image.sizeBytes();
        }

        @Override
        public long hardenedSeq() {
            return image.hardened().seq();
        }

        @Override
        public void read(long offset, ByteBuffer into) throws IOException {
            image.read(offset, into);
        }
    }

    private final class OneVolume implements SiteVolumes {
        @Override
        public List<String> vvols() {
            return List.of(vvol);
        }

        @Override
        public Optional<ReplicaImage> image(String name) {
            return Optional.of(new Replica(image));
        }

        @Override
        public Optional<Integer> partition(String name) {
            return Optional.of(0);
        }

        @Override
        public String whyNoImage(String name) {
            return "";
        }

        @Override
        public double secondsBehind(String name) {
            return 0;
        }
    }

    private static final class NoExports implements Exports {
        @Override
        public List<Description> list() {
            return List.of();
        }

        @Override
        public BlockDevice open(String name, Client client) throws ExportUnavailableException {
            throw new ExportUnavailableException(
                    ExportUnavailableException.Kind.UNKNOWN, "there is only what can be read");
        }
    }

    /** Nobody asks for block status. */
    private static final class NoImages implements LocalImages {
        @Override
        public Optional<LocalImage> find(String name) {
            return Optional.empty();
        }

        @Override
        public LogCursor headersEnd(String name) {
            return LogCursor.START;
        }

        @Override
        public boolean isKeptHere(int partition) {
            return false;
        }

        @Override
        public boolean isCaughtUp(int partition) {
            return false;
        }
    }
}
