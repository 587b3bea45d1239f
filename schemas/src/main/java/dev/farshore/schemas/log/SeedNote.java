package dev.farshore.schemas.log;

/**
 * The note of a {@code SEED_STARTED} and of its {@code SEED_FINISHED}: {@code a#3f01 import 1763}.
 *
 * @param owner of the epoch, as its opening names it ({@link LogCursor#owner}): a reader that
 *     begins here has not seen that
 * @param id higher than that of every seed of the volume before
 */
public record SeedNote(String owner, Purpose purpose, long id) {

    /** What is written into the log. */
    public enum Purpose {
        /** A disk that the log does not have: until the end no image is whole. */
        IMPORT,
        /** The volume itself, for images that can't be made from the log any more. */
        RESEED;

        private String word() {
            return this == IMPORT ? "import" : "reseed";
        }
    }

    /** As it stands in the log. */
    @Override
    public String toString() {
        return "%s %s %d".formatted(owner, purpose.word(), id);
    }

    /** Reads a note; one that makes no sense is that of no seed: its id is 0. */
    public static SeedNote parse(String note) {
        String[] words = note.split(" ", -1);
        try {
            if (words.length == 3) {
                Purpose purpose =
                        words[1].equals(Purpose.IMPORT.word()) ? Purpose.IMPORT : Purpose.RESEED;
                return new SeedNote(words[0], purpose, Long.parseLong(words[2]));
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        return new SeedNote(words[0], Purpose.RESEED, 0);
    }
}
