package dev.farshore.coordinator.volume;

/** Another coordinator changed the same spec first: the change was not made. */
public final class OverruledException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public OverruledException(String vvol) {
        super("volume '%s' was changed by another coordinator at the same time".formatted(vvol));
    }
}
