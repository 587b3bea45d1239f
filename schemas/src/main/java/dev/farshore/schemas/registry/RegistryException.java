package dev.farshore.schemas.registry;

import org.jspecify.annotations.Nullable;

/** The schema registry refused something; trying again does not help. */
public class RegistryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RegistryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
