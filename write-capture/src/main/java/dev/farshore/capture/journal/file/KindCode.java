package dev.farshore.capture.journal.file;

import dev.farshore.schemas.event.EventKind;

/**
 * Kinds as the journal's file knows them: numbers that never change meaning, wherever a later
 * schema puts its symbols.
 */
final class KindCode {
    private KindCode() {}

    static short of(EventKind kind) {
        return switch (kind) {
            case WRITE -> 1;
            case ZERO -> 2;
            case TRIM -> 3;
            case FLUSH -> 4;
            case RESIZE -> 5;
            case BOOKMARK -> 6;
            case EPOCH_OPENED -> 7;
            case EPOCH_SEALED -> 8;
            case SEED_STARTED -> 9;
            case SEED_FINISHED -> 10;
            case UNKNOWN ->
                    throw new IllegalArgumentException("an event of unknown kind has no place");
        };
    }

    static EventKind kind(short code) {
        return switch (code) {
            case 1 -> EventKind.WRITE;
            case 2 -> EventKind.ZERO;
            case 3 -> EventKind.TRIM;
            case 4 -> EventKind.FLUSH;
            case 5 -> EventKind.RESIZE;
            case 6 -> EventKind.BOOKMARK;
            case 7 -> EventKind.EPOCH_OPENED;
            case 8 -> EventKind.EPOCH_SEALED;
            case 9 -> EventKind.SEED_STARTED;
            case 10 -> EventKind.SEED_FINISHED;
            default -> EventKind.UNKNOWN;
        };
    }
}
