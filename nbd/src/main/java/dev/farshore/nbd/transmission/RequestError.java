package dev.farshore.nbd.transmission;

import dev.farshore.nbd.NbdProtocol;

/** Why a request is not carried out at all. */
enum RequestError {
    UNKNOWN_COMMAND(NbdProtocol.EINVAL, "no such command"),
    UNKNOWN_FLAG(NbdProtocol.EINVAL, "the command has no such flag, or it was not negotiated"),
    NO_LENGTH(NbdProtocol.EINVAL, "a length of 0"),
    MISALIGNED(NbdProtocol.EINVAL, "offset and length must be multiples of 512"),
    OUT_OF_RANGE(NbdProtocol.EINVAL, "outside of the export"),
    PAST_THE_END(NbdProtocol.ENOSPC, "past the end of the export"),
    TOO_LONG(NbdProtocol.EINVAL, "longer than the maximum block size announced"),
    TOO_LONG_FOR_ONE_CHUNK(NbdProtocol.EOVERFLOW, "too long to be answered without fragments"),
    READ_ONLY(NbdProtocol.EPERM, "the export is read-only"),
    NOT_EMPTY(NbdProtocol.EINVAL, "offset and length must be 0"),
    NO_PAYLOAD(NbdProtocol.EINVAL, "a write without its payload"),
    UNEXPECTED_PAYLOAD(NbdProtocol.EINVAL, "the command takes no payload"),
    NOT_FAST(NbdProtocol.ENOTSUP, "zeroing is no faster than writing here"),
    NO_CONTEXT(NbdProtocol.EINVAL, "no metadata context was negotiated for this export"),
    BAD_CONTEXTS(NbdProtocol.EINVAL, "not a list of negotiated metadata contexts, each once"),
    NO_MEMORY(NbdProtocol.ENOMEM, "no memory for the payload");

    final int error;
    final String text;

    RequestError(int error, String text) {
        this.error = error;
        this.text = text;
    }
}
