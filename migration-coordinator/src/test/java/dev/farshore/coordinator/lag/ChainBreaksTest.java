package dev.farshore.coordinator.lag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.Sha256;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class ChainBreaksTest {
    private final LagTracker lags =
            new LagTracker(new InMemoryReports(), (site, node) -> Optional.empty());
    private final Writer writer = new Writer("data");

    @Test
    void shouldFollowAChainOverEpochsAndResends() {
        accept(writer.opening(1), writer.write(1), writer.write(1), writer.seal(1));
        accept(writer.opening(2), writer.write(2));
        accept(writer.sent.get(4), writer.sent.get(5), writer.write(2));

        assertThat(lags.chainBreaks()).isZero();
    }

    @Test
    void shouldCountAHeaderThatWasChangedOnce() {
        accept(writer.opening(1), writer.write(1));
        accept(changed(writer.write(1)), writer.write(1), writer.write(1));

        assertThat(lags.chainBreaks())
                .as("the changed one; those after it follow from the link it carries")
                .isEqualTo(1);
    }

    @Test
    void shouldCountAHeaderWhosePredecessorWasReplaced() {
        accept(writer.opening(1), writer.write(1));
        IndexedHeader genuine = writer.write(1);
        Writer forger = new Writer("data");
        forger.at = writer.beforeLast;
        accept(forger.write(1, 4_096), writer.write(1));

        assertThat(genuine.header().seq()).isEqualTo(3);
        assertThat(lags.chainBreaks()).as("the forged one fits, the next does not").isEqualTo(1);
    }

    @Test
    void shouldKeepTheChainsOfVolumesApart() {
        Writer other = new Writer("wal");
        accept(writer.opening(1), other.opening(1), writer.write(1), other.write(1));
        accept(changed(other.write(1)), writer.write(1));

        assertThat(lags.chainBreaks()).isEqualTo(1);
    }

    @Test
    void shouldAcceptHeadersOfABuildBeforeTheChain() {
        accept(without(writer.opening(1)), without(writer.write(1)));
        writer.at = ChainPoint.startingAfter(2);
        accept(writer.write(1), writer.write(1));

        assertThat(lags.chainBreaks()).isZero();
    }

    @Test
    void shouldCountAHeaderThatHasLostItsLink() {
        accept(writer.opening(1), writer.write(1), without(writer.write(1)));

        assertThat(lags.chainBreaks()).isEqualTo(1);
    }

    @Test
    void shouldBelieveTheLinkThatReadingBeginsWith() {
        writer.opening(1);
        writer.write(1);
        accept(writer.write(1), writer.write(1), writer.write(1));
        assertThat(lags.chainBreaks()).isZero();

        accept(changed(writer.write(1)));
        assertThat(lags.chainBreaks()).as("from the second on it is checked").isEqualTo(1);
    }

    @Test
    void shouldNotTakeForABreakWhereAFencedBranchEnds() {
        for (int i = 0; i < 3; i++) {
            writer.write(1);
        }
        Writer fenced = new Writer("data");
        fenced.at = writer.at;
        writer.opening(2);
        writer.write(2);
        // Reading begins with what the fenced writer sent after its epoch had ended.
        accept(fenced.write(1), fenced.write(1));
        accept(writer.opening(3), writer.write(3));

        assertThat(lags.chainBreaks()).isZero();
        accept(changed(writer.write(3)));
        assertThat(lags.chainBreaks()).isEqualTo(1);
    }

    @Test
    void shouldBeginAnewBehindAGap() {
        accept(writer.opening(1), writer.write(1));
        writer.write(1);
        accept(writer.write(1), writer.write(1));

        assertThat(lags.chainBreaks()).isZero();
    }

    private void accept(IndexedHeader... headers) {
        for (IndexedHeader header : headers) {
            lags.accept(header);
        }
    }

    private static IndexedHeader changed(IndexedHeader genuine) {
        EventHeader header = genuine.header();
        return new IndexedHeader(
                new EventHeader(
                        header.vvol(),
                        header.epoch(),
                        header.seq(),
                        header.vmSeq(),
                        header.kind(),
                        header.offset() + 512,
                        header.length(),
                        header.totalBytes(),
                        header.captureMicros(),
                        header.crc32c(),
                        header.note()),
                genuine.writesOffset(),
                genuine.link());
    }

    private static IndexedHeader without(IndexedHeader linked) {
        return new IndexedHeader(linked.header(), linked.writesOffset());
    }

    /** Makes a volume's events with their links, as a publisher does. */
    private static final class Writer {
        private final HashChain chain = new HashChain();
        private final List<IndexedHeader> sent = new ArrayList<>();
        private final String vvol;
        private ChainPoint at = ChainPoint.startingAfter(0);
        private ChainPoint beforeLast = at;

        Writer(String vvol) {
            this.vvol = vvol;
        }

        IndexedHeader opening(int epoch) {
            return send(EventKind.EPOCH_OPENED, epoch, 512, "a#" + epoch);
        }

        IndexedHeader seal(int epoch) {
            return send(EventKind.EPOCH_SEALED, epoch, 0, "");
        }

        IndexedHeader write(int epoch) {
            return write(epoch, 512);
        }

        IndexedHeader write(int epoch, int length) {
            return send(EventKind.WRITE, epoch, length, "");
        }

        private IndexedHeader send(EventKind kind, int epoch, int length, String note) {
            long seq = at.seq() + 1;
            EventHeader header =
                    new EventHeader(
                            vvol, epoch, seq, seq, kind, 0, length, seq * 512, seq, 0, note);
            Sha256 payload = chain.hash(new byte[] {(byte) seq}, 0, 1);
            @Nullable ChainLink link = chain.link(at, header, payload);
            beforeLast = at;
            at = ChainPoint.at(seq, link);
            IndexedHeader indexed = new IndexedHeader(header, seq - 1, link);
            sent.add(indexed);
            return indexed;
        }
    }
}
