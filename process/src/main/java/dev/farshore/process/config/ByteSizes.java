package dev.farshore.process.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 512}, {@code 64MiB}, {@code 32GiB}. */
public final class ByteSizes {
    private static final String RULE = "bytes, or a number and KiB, MiB, GiB or TiB, as in 64MiB";

    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB|TiB)?");

    private ByteSizes() {}

    /**
     * @throws IllegalArgumentException if {@code text} is none; the message says what is
     */
    public static long parse(String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is no size; allowed: %s".formatted(text, RULE));
        }
        String unit = matcher.group(2) == null ? "B" : matcher.group(2);
        long unitBytes =
                switch (unit) {
                    case "KiB" -> 1L << 10;
                    case "MiB" -> 1L << 20;
                    case "GiB" -> 1L << 30;
                    case "TiB" -> 1L << 40;
                    default -> 1L;
                };
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), unitBytes);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is larger than a file can be", e);
        }
    }
}
