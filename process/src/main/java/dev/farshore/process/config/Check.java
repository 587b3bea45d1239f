package dev.farshore.process.config;

import java.time.Duration;
import java.util.regex.Pattern;

/** What records check of their values. */
public final class Check {
    /** Names of sites and nodes: they become parts of record keys, group ids and file names. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private static final String NAME_RULE =
            "1 to 63 of a-z, 0-9 and '-', beginning with a letter or a digit";

    private Check() {}

    public static void name(Key key, String value) {
        if (!NAME.matcher(value).matches()) {
            throw new InvalidValueException(key, "'" + value + "' is no name", NAME_RULE);
        }
    }

    public static void range(Key key, long value, long from, long to) {
        if (value < from || value > to) {
            throw new InvalidValueException(
                    key, value + " is out of range", "%d to %d".formatted(from, to));
        }
    }

    public static void range(Key key, Duration value, Duration from, Duration to) {
        if (value.compareTo(from) < 0 || value.compareTo(to) > 0) {
            throw new InvalidValueException(
                    key,
                    Durations.format(value) + " is out of range",
                    "%s to %s".formatted(Durations.format(from), Durations.format(to)));
        }
    }
}
