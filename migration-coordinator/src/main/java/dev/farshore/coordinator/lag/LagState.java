package dev.farshore.coordinator.lag;

import java.util.Locale;

/** Whether a site's image keeps up with the log, as {@link LagWindow} judges it. */
public enum LagState {
    /** It keeps up, or comes nearer. */
    OK,
    /** It advances, and comes no nearer. */
    SLOW,
    /** It does not advance, though events are missing. */
    STALLED,
    /** The node that keeps it is not there, or no node keeps it. */
    STOPPED,
    /** Nobody can tell, or not yet. */
    UNKNOWN;

    /** As metrics name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
