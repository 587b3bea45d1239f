package dev.farshore.nbd.client;

import dev.farshore.nbd.NbdProtocol;

/**
 * What the server said of the export.
 *
 * @param flags the transmission flags
 * @param minimumBlockBytes offsets and lengths must be multiples of it
 * @param preferredBlockBytes multiples of it are fastest
 * @param maximumPayloadBytes longest READ and WRITE
 */
public record ExportInfo(
        long sizeBytes,
        int flags,
        int minimumBlockBytes,
        int preferredBlockBytes,
        long maximumPayloadBytes) {

    public boolean isReadOnly() {
        return has(NbdProtocol.FLAG_READ_ONLY);
    }

    public boolean hasFlush() {
        return has(NbdProtocol.FLAG_SEND_FLUSH);
    }

    public boolean hasFua() {
        return has(NbdProtocol.FLAG_SEND_FUA);
    }

    public boolean hasTrim() {
        return has(NbdProtocol.FLAG_SEND_TRIM);
    }

    public boolean hasWriteZeroes() {
        return has(NbdProtocol.FLAG_SEND_WRITE_ZEROES);
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
