package dev.farshore.schemas.registry;

/** The schema registry did not answer, or only with an error of its own. */
public final class RegistryUnreachableException extends RegistryException {
    private static final long serialVersionUID = 1L;

    RegistryUnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
