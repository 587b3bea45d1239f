package dev.farshore.schemas.access;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.ResourcePatternFilter;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * The ACLs of one principal, as the cluster has them. Others' are never looked at or changed.
 *
 * <p>Threading: any thread. The client has to be allowed to Describe and Alter the cluster.
 */
public final class AclChanges {
    /** By resource, then by operation. */
    public static final Comparator<AclBinding> ORDER =
            Comparator.<AclBinding, String>comparing(
                            binding -> binding.pattern().resourceType().name())
                    .reversed()
                    .thenComparing(binding -> binding.pattern().name())
                    .thenComparing(binding -> binding.entry().operation())
                    .thenComparing(binding -> binding.entry().host());

    private final Admin admin;
    private final String principal;

    /**
     * @param admin stays the caller's to close
     * @param principal such as {@code User:node-a}
     */
    public AclChanges(Admin admin, String principal) {
        this.admin = admin;
        this.principal = principal;
    }

    /**
     * How the principal's ACLs differ from the wanted ones.
     *
     * @param missing wanted, and not there
     * @param superfluous there, and not wanted; denials too
     */
    public record Difference(List<AclBinding> missing, List<AclBinding> superfluous) {
        public boolean isNone() {
            return missing.isEmpty() && superfluous.isEmpty();
        }
    }

    /** Compares; changes nothing. */
    public Difference difference(Collection<AclBinding> wanted)
            throws ExecutionException, InterruptedException {
        Set<AclBinding> there = existing();
        return new Difference(without(wanted, there), without(there, wanted));
    }

    /**
     * Adds those that are not there.
     *
     * @return which were added
     */
    public List<AclBinding> add(Collection<AclBinding> wanted)
            throws ExecutionException, InterruptedException {
        List<AclBinding> missing = without(wanted, existing());
        await(admin.createAcls(missing).all());
        return missing;
    }

    /**
     * Removes exactly these, as far as they are there.
     *
     * @return which were removed
     */
    public List<AclBinding> remove(Collection<AclBinding> unwanted)
            throws ExecutionException, InterruptedException {
        return await(admin.deleteAcls(unwanted.stream().map(AclBinding::toFilter).toList()).all())
                .stream()
                .sorted(ORDER)
                .toList();
    }

    private Set<AclBinding> existing() throws ExecutionException, InterruptedException {
        return new LinkedHashSet<>(
                await(
                        admin.describeAcls(
                                        new AclBindingFilter(
                                                ResourcePatternFilter.ANY,
                                                new AccessControlEntryFilter(
                                                        principal,
                                                        null,
                                                        AclOperation.ANY,
                                                        AclPermissionType.ANY)))
                                .values()));
    }

    private static List<AclBinding> without(
            Collection<AclBinding> some, Collection<AclBinding> others) {
        return some.stream()
                .filter(binding -> !others.contains(binding))
                .distinct()
                .sorted(ORDER)
                .toList();
    }

    private static <T> T await(KafkaFuture<T> answer)
            throws ExecutionException, InterruptedException {
        return answer.get();
    }
}
