package dev.farshore.schemas.codec;

import dev.farshore.schemas.event.WriteEvent;

import org.apache.avro.util.ClassSecurityValidator;

/**
 * Makes Avro trust the generated classes. It loads only trusted classes, as a foreign schema may
 * name any class.
 */
final class GeneratedTypes {
    private static final String PACKAGE = WriteEvent.class.getPackageName();

    static {
        ClassSecurityValidator.setGlobal(
                ClassSecurityValidator.composite(
                        ClassSecurityValidator.getGlobal(),
                        type -> type.getPackageName().equals(PACKAGE)));
    }

    private GeneratedTypes() {}

    /** Without effect after the first time. */
    static void trust() {
        // Loading this class has done it.
    }
}
