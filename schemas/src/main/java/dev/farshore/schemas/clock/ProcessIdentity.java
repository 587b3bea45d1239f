package dev.farshore.schemas.clock;

import java.security.SecureRandom;

/**
 * Identifies a process, so that two processes with one name find out.
 *
 * @param id a random number; empty for a process that may run more than once
 * @param host the name of its host, for people
 * @param dataDir its data folder there
 * @param version of its build
 * @param startedNanos {@link System#nanoTime} at its start
 */
public record ProcessIdentity(
        String id, String host, String dataDir, String version, long startedNanos) {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Of a process that may run more than once under its name. */
    public static final ProcessIdentity NONE = new ProcessIdentity("", "", "", "", 0);

    /** Of the process that runs. */
    public static ProcessIdentity starting(String host, String dataDir, String version) {
        return new ProcessIdentity(
                Long.toHexString(RANDOM.nextLong()), host, dataDir, version, System.nanoTime());
    }

    long uptimeMicros(long nowNanos) {
        return id.isEmpty() ? 0 : (nowNanos - startedNanos) / 1_000;
    }
}
