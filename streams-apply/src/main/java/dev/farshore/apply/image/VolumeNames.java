package dev.farshore.apply.image;

import java.util.regex.Pattern;

/** Which volume names may become file names. */
public final class VolumeNames {
    /** Longest name: a file name of 255 bytes less the longest ending. */
    public static final int MAX_CHARS = 200;

    // No separator, no leading dot or dash: never outside the folder, hidden, or taken for an
    // option.
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");

    private VolumeNames() {}

    public static boolean isSafeFileName(String vvol) {
        return vvol.length() <= MAX_CHARS && SAFE.matcher(vvol).matches();
    }

    /**
     * @throws ImageCorruptException if {@code vvol} can't be a file name
     */
    static void requireSafeFileName(String vvol) throws ImageCorruptException {
        if (!isSafeFileName(vvol)) {
            throw new ImageCorruptException(
                    "volume name '%s' can't be a file name: 1 to %d letters, digits, '.', '_' and '-', not starting with '.' or '-'"
                            .formatted(vvol, MAX_CHARS));
        }
    }
}
