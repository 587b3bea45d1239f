package dev.farshore.coordinator.volume;

import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Durability;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** What requests may say of a volume. */
final class VolumeFields {
    static final long DEFAULT_JOURNAL_BYTES = 256L << 20;

    static final int SECTOR_BYTES = 512;
    static final long MIN_JOURNAL_BYTES = 1L << 20;

    /**
     * A node has about 100 bytes of memory for each entry of a journal, of 4 KiB more often than
     * not.
     */
    private static final long MAX_JOURNAL_BYTES = 64L << 30;

    static long requireSize(@Nullable Long sizeBytes) {
        if (sizeBytes == null) {
            throw RefusedException.invalid("sizeBytes", "sizeBytes is missing");
        }
        if (sizeBytes <= 0 || sizeBytes % SECTOR_BYTES != 0) {
            throw RefusedException.invalid(
                    "sizeBytes",
                    "sizeBytes must be a positive multiple of %d, is %d"
                            .formatted(SECTOR_BYTES, sizeBytes));
        }
        return sizeBytes;
    }

    static Durability requireDurability(String durability) {
        return switch (durability.toLowerCase(Locale.ROOT)) {
            case "local" -> Durability.LOCAL;
            case "log" -> Durability.LOG;
            case "remote" -> Durability.REMOTE;
            default ->
                    throw RefusedException.invalid(
                            "durability",
                            "durability must be local, log or remote, is '%s'"
                                    .formatted(durability));
        };
    }

    static long requireJournal(long journalBytes) {
        if (journalBytes < MIN_JOURNAL_BYTES || journalBytes > MAX_JOURNAL_BYTES) {
            throw RefusedException.invalid(
                    "journalBytes",
                    "journalBytes must be between %d and %d, is %d"
                            .formatted(MIN_JOURNAL_BYTES, MAX_JOURNAL_BYTES, journalBytes));
        }
        return journalBytes;
    }

    /** A node's name, which need not be there yet; empty for any. */
    static String requirePlacement(String placement) {
        return placement.isEmpty() ? placement : Names.requireLegal("placement", placement);
    }

    /** 0, which is no limit, if absent. */
    static long requireLimit(String field, @Nullable Long perSecond) {
        if (perSecond == null) {
            return 0;
        }
        if (perSecond <= 0) {
            throw RefusedException.invalid(
                    field,
                    "%s must be positive, or absent for no limit, is %d"
                            .formatted(field, perSecond));
        }
        return perSecond;
    }

    private VolumeFields() {}
}
