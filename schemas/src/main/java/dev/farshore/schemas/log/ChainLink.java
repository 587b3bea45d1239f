package dev.farshore.schemas.log;

/**
 * What a header carries of its volume's {@link HashChain}.
 *
 * @param startSeq the first event that the chain covers
 * @param payload hash of the event's payload; of no bytes where it has none
 * @param value of the chain up to and including this event
 */
public record ChainLink(long startSeq, Sha256 payload, Sha256 value) {}
