package dev.farshore.capture.publish;

import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.Sha256;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Objects;

/**
 * The hash chain of the events that a lane has in flight. A payload is hashed when its event is
 * sent, and its link made when its header is; both are kept until the header is acknowledged, in a
 * ring over consecutive seqs. So a header that is sent again has the same link.
 *
 * <p>Threading: its owner's lock.
 */
final class LaneChain {
    private @Nullable Sha256[] payloads = new Sha256[64];
    private @Nullable ChainLink[] links = new ChainLink[64];
    private ChainPoint published;

    /**
     * @param published after the event before the lane's first
     */
    LaneChain(ChainPoint published) {
        this.published = published;
    }

    /** After the newest event that both topics have. */
    ChainPoint published() {
        return published;
    }

    /** An event is sent, or sent again. */
    void payloadHashed(long seq, Sha256 payload) {
        while (seq - published.seq() > payloads.length) {
            grow();
        }
        payloads[slot(seq)] = payload;
        links[slot(seq)] = null;
    }

    /** The link of the next header, or of one that is sent again. */
    ChainLink link(EventHeader header, HashChain chain) {
        long seq = header.seq();
        ChainLink known = links[slot(seq)];
        if (known == null) {
            Sha256 payload = Objects.requireNonNull(payloads[slot(seq)], "payload is hashed first");
            known = chain.link(before(seq), header, payload);
            links[slot(seq)] = known;
        }
        return known;
    }

    private ChainPoint before(long seq) {
        return seq - 1 == published.seq()
                ? published
                : ChainPoint.at(
                        seq - 1, Objects.requireNonNull(links[slot(seq - 1)], "headers in order"));
    }

    /** A header is acknowledged; they are in the order of their seqs. */
    void headerAcked(long seq) {
        ChainLink link = Objects.requireNonNull(links[slot(seq)], "a header that was sent");
        links[slot(seq)] = null;
        payloads[slot(seq)] = null;
        published = ChainPoint.at(seq, link);
    }

    private int slot(long seq) {
        return (int) (seq & (payloads.length - 1));
    }

    private void grow() {
        @Nullable Sha256[] oldPayloads = payloads;
        @Nullable ChainLink[] oldLinks = links;
        payloads = Arrays.copyOf(oldPayloads, 2 * oldPayloads.length);
        links = Arrays.copyOf(oldLinks, 2 * oldLinks.length);
        for (int i = 1; i <= oldPayloads.length; i++) {
            long seq = published.seq() + i;
            int from = (int) (seq & (oldPayloads.length - 1));
            payloads[slot(seq)] = oldPayloads[from];
            links[slot(seq)] = oldLinks[from];
        }
    }
}
