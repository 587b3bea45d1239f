package dev.farshore.capture.export;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a read-only export shows of a volume; its name is {@code VVOL@VIEW}. */
enum SiteView {
    /** Every read reflects what was in the log when the read began. */
    LATEST,
    /** The image of this site as it stands. */
    REPLICA;

    static final char SEPARATOR = '@';

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String exportOf(String vvol) {
        return vvol + SEPARATOR + word();
    }

    static Optional<SiteView> of(String word) {
        return Arrays.stream(values()).filter(view -> view.word().equals(word)).findFirst();
    }

    /** As an error text lists them. */
    static String allOf(String vvol) {
        return Arrays.stream(values())
                .map(view -> view.exportOf(vvol))
                .collect(Collectors.joining(", "));
    }
}
