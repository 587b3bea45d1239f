package dev.farshore.tests.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.jspecify.annotations.NullMarked;

/** The class's package has a package-info that makes NullAway check it. */
final class BeInANullMarkedPackage extends ArchCondition<JavaClass> {

    /** Generated from the Avro schemas. */
    private static final String GENERATED = "dev.farshore.schemas.event";

    BeInANullMarkedPackage() {
        super("be in a @NullMarked package");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        boolean marked =
                type.getPackageName().equals(GENERATED)
                        || type.getPackage().isAnnotatedWith(NullMarked.class);
        events.add(
                new SimpleConditionEvent(
                        type,
                        marked,
                        "%s: its package has no package-info.java with @NullMarked"
                                .formatted(type.getName())));
    }
}
