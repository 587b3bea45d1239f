package dev.farshore.coordinator.migration;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a VM is handed over. */
public enum MigrationMode {
    /** The target opens once every byte is hardened there. */
    DRAIN;

    /** The word of the API, the command line and the migrations log. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<MigrationMode> ofWord(String word) {
        return Arrays.stream(values()).filter(mode -> mode.word().equals(word)).findFirst();
    }

    /** All words, for error texts. */
    public static String words() {
        return Arrays.stream(values()).map(MigrationMode::word).collect(Collectors.joining(", "));
    }
}
