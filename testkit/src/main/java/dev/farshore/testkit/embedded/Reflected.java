package dev.farshore.testkit.embedded;

import java.lang.reflect.InvocationTargetException;

/** Calls into programs that are on a child's class path only, never on this module's. */
final class Reflected {
    private Reflected() {}

    static void main(String className, String... args) throws Throwable {
        try {
            Class.forName(className).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
