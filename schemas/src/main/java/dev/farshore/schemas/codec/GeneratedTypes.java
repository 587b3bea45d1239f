package dev.farshore.schemas.codec;

import dev.farshore.schemas.event.WriteEvent;

import org.apache.avro.util.ClassSecurityValidator;

/**
 * Makes Avro load the generated classes. It loads only classes that it was told to trust, as a
 * schema from elsewhere may name any.
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
