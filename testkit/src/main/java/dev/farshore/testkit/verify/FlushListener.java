package dev.farshore.testkit.verify;

/** Told by an applier of the flushes in a volume's log. */
@FunctionalInterface
public interface FlushListener {
    /**
     * A FLUSH has just been applied. Called on the applying thread, which applies nothing to the
     * volume until this returns: {@code image} is the volume as of that event.
     *
     * @param seq of the FLUSH
     */
    void flushApplied(String site, String vvol, long seq, ImageReader image);
}
