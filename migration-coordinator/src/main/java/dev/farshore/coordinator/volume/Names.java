package dev.farshore.coordinator.volume;

import dev.farshore.process.http.RefusedException;

import org.jspecify.annotations.Nullable;

import java.util.regex.Pattern;

/** Names of volumes and VMs: they become record keys, file names and NBD export names. */
final class Names {
    private static final Pattern LEGAL = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    static String requireLegal(String field, @Nullable String name) {
        if (name == null || name.isEmpty()) {
            throw RefusedException.invalid(field, field + " is missing");
        }
        if (!LEGAL.matcher(name).matches()) {
            throw RefusedException.invalid(
                    field,
                    ("%s must be 1 to 63 of a-z, 0-9, '.', '_', '-' and begin with a letter or a"
                                    + " digit, is '%s'")
                            .formatted(field, name));
        }
        return name;
    }

    private Names() {}
}
