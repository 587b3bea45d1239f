package dev.farshore.cli.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people write them: {@code 512}, {@code 64MiB}, {@code 32G}; units are powers of 1024.
 */
final class Bytes implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*([kmgtp]?)(i?b)?");
    private static final String UNITS = "kmgtp";
    private static final int UNIT_BITS = 10;

    @Override
    public Long convert(String text) {
        Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!size.matches()) {
            throw new TypeConversionException(
                    "'%s' is no size: a number of bytes, or one with KiB, MiB, GiB or TiB"
                            .formatted(text));
        }
        try {
            long number = Long.parseLong(size.group(1));
            int power = size.group(2).isEmpty() ? 0 : UNITS.indexOf(size.group(2)) + 1;
            return Math.multiplyExact(number, 1L << (power * UNIT_BITS));
        } catch (ArithmeticException | NumberFormatException e) {
            throw new TypeConversionException("'%s' is too large".formatted(text));
        }
    }

    /** The largest unit of which it is at least one; exact where it is a whole number of it. */
    static String text(long bytes) {
        int power = 0;
        long scaled = bytes;
        while (scaled >= 1L << UNIT_BITS && power < UNITS.length()) {
            scaled >>= UNIT_BITS;
            power++;
        }
        if (power == 0) {
            return bytes + " B";
        }
        String unit = " " + Character.toUpperCase(UNITS.charAt(power - 1)) + "iB";
        long unitBytes = 1L << (power * UNIT_BITS);
        return bytes % unitBytes == 0
                ? scaled + unit
                : String.format(Locale.ROOT, "%.1f", (double) bytes / unitBytes) + unit;
    }
}
