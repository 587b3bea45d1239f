package dev.farshore.capture.session;

import dev.farshore.capture.publish.HeaderRepair;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.IndexedHeader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;

/**
 * Finds where a volume's hash chain stands in the log. The index knows that of a header that came
 * while it was running, such as the seal's at a hand-over; else the topic is read backwards. Where
 * the event has no link, because an older build published it or its header is gone, a chain starts
 * behind it. Threading: the keeper's thread.
 */
public final class PublishedChain {
    private static final Logger log = LoggerFactory.getLogger(PublishedChain.class);

    private final LocalImages images;
    private final HeaderRepair headers;

    /**
     * @param headers reads the topic
     */
    public PublishedChain(LocalImages images, HeaderRepair headers) {
        this.images = images;
        this.headers = headers;
    }

    /**
     * The chain after an event that counts, and whose header is in the topic.
     *
     * @param seq of the event; 0 before the first
     * @throws IOException if the brokers do not answer
     */
    ChainPoint after(VolumeSpec volume, int epoch, long seq) throws IOException {
        if (seq == 0) {
            return ChainPoint.startingAfter(0);
        }
        String vvol = volume.getVvol();
        Optional<IndexedHeader> newest =
                images.newestHeader(vvol)
                        .filter(
                                known ->
                                        known.header().seq() == seq
                                                && known.header().epoch() == epoch);
        ChainLink link = newest.map(IndexedHeader::link).orElse(null);
        Optional<ChainPoint> chain =
                link != null
                        ? Optional.of(ChainPoint.at(seq, link))
                        : newest.isPresent()
                                ? Optional.empty()
                                : headers.chainAfter(vvol, volume.getPartition(), epoch, seq);
        if (chain.isEmpty()) {
            log.atInfo()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("seq", seq + 1)
                    .log("a hash chain starts: the header before it has none");
        }
        return chain.orElseGet(() -> ChainPoint.startingAfter(seq));
    }
}
