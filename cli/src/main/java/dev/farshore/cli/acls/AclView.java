package dev.farshore.cli.acls;

import dev.farshore.schemas.access.Permission;

import org.apache.kafka.common.acl.AclBinding;

/** One ACL for programs, in the words of Kafka's tools. */
record AclView(
        String principal,
        String host,
        String permission,
        String operation,
        String resourceType,
        String resourceName,
        String patternType) {

    static AclView of(AclBinding binding) {
        return new AclView(
                binding.entry().principal(),
                binding.entry().host(),
                binding.entry().permissionType().name(),
                Permission.operationName(binding.entry().operation()),
                binding.pattern().resourceType().name(),
                binding.pattern().name(),
                binding.pattern().patternType().name());
    }

    /** For people: {@code User:node-a: Read on topic farshore.writes}. */
    static String text(AclBinding binding) {
        String host = binding.entry().host();
        return "%s%s: %s%s on %s"
                .formatted(
                        binding.entry().principal(),
                        host.equals("*") ? "" : " from " + host,
                        switch (binding.entry().permissionType()) {
                            case DENY -> "denied ";
                            default -> "";
                        },
                        Permission.operationName(binding.entry().operation()),
                        Permission.resourceText(binding.pattern()));
    }
}
