package dev.farshore.schemas.log;

/** What {@link HashChain#judge} says of a header that counts. */
public enum ChainVerdict {
    /** It has no link: a build before the chain wrote it. */
    NONE,
    /** The chain starts with it, and the event before it has none. */
    STARTS,
    /** It has a link of a chain that started before, which the header before it does not have. */
    UNPROVEN,
    /** It follows from the header before it. */
    FOLLOWS,
    /** It does not follow: this header or one before it is not what was published. */
    BROKEN
}
