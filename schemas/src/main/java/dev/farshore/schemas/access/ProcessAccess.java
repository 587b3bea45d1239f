package dev.farshore.schemas.access;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A process as Kafka knows it, for messages that say what it may not do and how to allow it.
 *
 * @param brokers their addresses
 * @param principal as which it is authenticated, such as {@code User:node-a}
 */
public record ProcessAccess(AclRole role, String brokers, String principal) {

    /** One sentence about all of {@code missing}, and the command that grants them. */
    public String refusal(List<Permission> missing) {
        return "Kafka at %s does not allow %s what a %s needs: %s. Whoever administers Kafka grants it with: %s"
                .formatted(
                        brokers,
                        principal,
                        role.name(),
                        missing.stream()
                                .map(lacks -> lacks.text() + " (to " + lacks.why() + ")")
                                .collect(Collectors.joining(", ")),
                        command());
    }

    /** The command that grants all that the role needs. */
    public String command() {
        return "farshore acls --principal '%s' %s --bootstrap-server %s --command-config FILE --apply"
                .formatted(principal, role.options(), brokers);
    }
}
