package dev.farshore.schemas.log;

import org.jspecify.annotations.Nullable;

/**
 * A header and where its event lies.
 *
 * @param writesOffset offset of the event in the same partition of {@code farshore.writes}
 * @param link of the volume's hash chain; null where a build before the chain wrote the header
 */
public record IndexedHeader(EventHeader header, long writesOffset, @Nullable ChainLink link) {

    /** Without a link. */
    public IndexedHeader(EventHeader header, long writesOffset) {
        this(header, writesOffset, null);
    }
}
