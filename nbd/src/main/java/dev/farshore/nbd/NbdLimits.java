package dev.farshore.nbd;

import java.time.Duration;
import java.util.Objects;

/**
 * What a server grants its clients. At a limit a request waits, as the server stops reading the
 * connection, or is refused. Memory stays bounded whatever clients do.
 *
 * @param handshakeTime for a client to send its next option in full and take the replies, and for
 *     TLS to be agreed on; then the connection is closed
 * @param negotiationTime for all options together: a client that lists asks about each export
 * @param stallTime for a request begun to arrive in full, and for a client to take a reply that is
 *     being sent: a client that holds buffers and stands still longer than that is disconnected
 * @param drainTime how long {@code close()} waits for requests in flight. They take milliseconds,
 *     or wait for what a stop does not bring; those a client sends again when it has reconnected
 * @param connections at once, over all listeners
 * @param requestsPerConnection in flight, counted until their reply is sent
 * @param maxPayloadBytes longest READ and WRITE of clients that ask for INFO_BLOCK_SIZE
 * @param bytesPerExport payload in flight, both directions, in the memory that exports share;
 *     beyond it, payloads are handled in small pieces
 * @param bytesInAll the memory that exports share
 */
public record NbdLimits(
        Duration handshakeTime,
        Duration negotiationTime,
        Duration stallTime,
        Duration drainTime,
        int connections,
        int requestsPerConnection,
        int maxPayloadBytes,
        long bytesPerExport,
        long bytesInAll) {
    private static final int MIB = 1 << 20;

    /**
     * What every client may rely on by the specification: a payload shorter than this is no denial
     * of service.
     */
    public static final int PORTABLE_PAYLOAD_BYTES = 32 * MIB;

    public NbdLimits {
        requirePositive("handshakeTime", handshakeTime);
        require(
                negotiationTime.compareTo(handshakeTime) >= 0,
                "negotiationTime",
                negotiationTime,
                "at least handshakeTime");
        requirePositive("stallTime", stallTime);
        requirePositive("drainTime", drainTime);
        require(connections > 0, "connections", connections, "at least 1");
        require(requestsPerConnection > 0, "requestsPerConnection", requestsPerConnection, ">= 1");
        require(
                maxPayloadBytes >= MIB
                        && maxPayloadBytes <= PORTABLE_PAYLOAD_BYTES
                        && maxPayloadBytes % BlockDevice.BLOCK_BYTES == 0,
                "maxPayloadBytes",
                maxPayloadBytes,
                "a multiple of 512 from 1 MiB to 32 MiB");
        // Else large requests would never be done in one piece.
        require(
                bytesPerExport >= maxPayloadBytes,
                "bytesPerExport",
                bytesPerExport,
                "at least maxPayloadBytes");
        require(
                bytesInAll >= maxPayloadBytes,
                "bytesInAll",
                bytesInAll,
                "at least maxPayloadBytes");
    }

    public static NbdLimits defaults() {
        return new NbdLimits(
                Duration.ofSeconds(15),
                Duration.ofMinutes(30),
                Duration.ofMinutes(2),
                Duration.ofSeconds(2),
                1024,
                256,
                PORTABLE_PAYLOAD_BYTES,
                64L * MIB,
                256L * MIB);
    }

    private static void requirePositive(String name, Duration value) {
        require(
                Objects.requireNonNull(value, name).isPositive(),
                name,
                value,
                "longer than nothing");
    }

    private static void require(boolean holds, String name, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "NBD limit " + name + " is " + value + "; it must be " + allowed);
        }
    }
}
