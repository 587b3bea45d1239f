package dev.farshore.coordinator.volume;

import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Makes VMs of volumes and finds them. A VM is what its volumes' specs say: there is no record of
 * its own. Thread-safe; whoever holds this object's lock can rely on the members of every VM.
 */
public final class VmService {
    private static final Logger log = LoggerFactory.getLogger(VmService.class);
    private static final Comparator<VolumeSpec> BY_NAME = Comparator.comparing(VolumeSpec::getVvol);

    private final VolumeSpecs specs;
    private final ImageReports images;
    private final Predicate<String> isMoving;

    /**
     * @param isMoving whether a VM is being migrated
     */
    public VmService(VolumeSpecs specs, ImageReports images, Predicate<String> isMoving) {
        this.specs = specs;
        this.images = images;
        this.isMoving = isMoving;
    }

    /**
     * Makes a VM of volumes that have none and share an owner. A creation that was interrupted
     * half-way is completed by asking again.
     *
     * @throws RefusedException if that is not so
     */
    public synchronized Vm create(NewVm asked) {
        String name = Names.requireLegal("name", asked.name());
        List<VolumeSpec> joined = specs.change(() -> join(name, asked));
        log.atInfo()
                .addKeyValue("vm", name)
                .addKeyValue("site", joined.getFirst().getOwner())
                .addKeyValue("vvols", joined.stream().map(VolumeSpec::getVvol).toList())
                .log("VM created");
        return require(name);
    }

    private List<VolumeSpec> join(String name, NewVm asked) {
        List<VolumeSpec> members = requireVolumes(name, asked.volumes());
        requireNewOrPartOf(name, members);
        if (isMoving.test(name)) {
            throw RefusedException.conflict("VM '%s' is being migrated".formatted(name));
        }
        String owner = members.getFirst().getOwner();
        for (VolumeSpec member : members) {
            if (!member.getOwner().equals(owner)) {
                throw RefusedException.invalid(
                        "volumes",
                        "the volumes of a VM need one owner: '%s' is at %s, '%s' at %s"
                                .formatted(
                                        members.getFirst().getVvol(),
                                        owner,
                                        member.getVvol(),
                                        member.getOwner()));
            }
            if (member.getPhase() != Phase.OPEN) {
                throw RefusedException.conflict(
                        "volume '%s' is being handed over".formatted(member.getVvol()));
            }
        }
        specs.put(
                members.stream()
                        .filter(member -> member.getVm().isEmpty())
                        .map(member -> SpecChanges.joined(member, name))
                        .toList());
        return members;
    }

    /**
     * Gives a volume a new epoch at its owner, for an owner that has lost its journal and can't go
     * on in the old one. Whatever the lost journal held and had not published is lost with it.
     *
     * @throws RefusedException if there is no such volume, or it is being handed over
     */
    public synchronized VolumeSpec reopen(String vvol) {
        return specs.change(
                () -> {
                    VolumeSpec spec =
                            specs.find(vvol)
                                    .or(() -> specs.findDeleted(vvol))
                                    .orElseThrow(
                                            () ->
                                                    RefusedException.notFound(
                                                            "there is no volume '%s'"
                                                                    .formatted(vvol)));
                    if (spec.getPhase() == Phase.SEALED) {
                        throw RefusedException.conflict(
                                "volume '%s' is being handed over".formatted(vvol));
                    }
                    VolumeSpec reopened = SpecChanges.inEpoch(spec, newestEpoch(spec) + 1);
                    specs.put(List.of(reopened));
                    log.atInfo()
                            .addKeyValue("vvol", vvol)
                            .addKeyValue("site", spec.getOwner())
                            .addKeyValue("epoch", reopened.getEpoch())
                            .log("volume reopened");
                    return reopened;
                });
    }

    /** Nodes may have opened newer epochs than the spec names. */
    private int newestEpoch(VolumeSpec spec) {
        return images.of(spec.getVvol()).stream()
                .mapToInt(Progress::getEpoch)
                .reduce(spec.getEpoch(), Math::max);
    }

    /** In order of their names. */
    public List<Vm> all() {
        return specs.all().stream()
                .filter(spec -> !spec.getVm().isEmpty())
                .sorted(BY_NAME)
                .collect(
                        Collectors.groupingBy(VolumeSpec::getVm, TreeMap::new, Collectors.toList()))
                .entrySet()
                .stream()
                .map(entry -> new Vm(entry.getKey(), entry.getValue()))
                .toList();
    }

    public Vm require(String name) {
        List<VolumeSpec> members = membersOf(name);
        if (members.isEmpty()) {
            throw RefusedException.notFound("there is no VM '%s'".formatted(name));
        }
        return new Vm(name, members);
    }

    private List<VolumeSpec> membersOf(String vm) {
        return specs.all().stream()
                .filter(spec -> spec.getVm().equals(vm))
                .sorted(BY_NAME)
                .toList();
    }

    private List<VolumeSpec> requireVolumes(String vm, @Nullable List<@Nullable String> asked) {
        if (asked == null || asked.isEmpty()) {
            throw RefusedException.invalid("volumes", "volumes is missing: at least one volume");
        }
        Set<String> names = new TreeSet<>();
        for (String volume : asked) {
            if (volume == null) {
                throw RefusedException.invalid("volumes", "a name in volumes is null");
            }
            if (!names.add(volume)) {
                throw RefusedException.invalid(
                        "volumes", "volume '%s' is listed twice".formatted(volume));
            }
        }
        List<VolumeSpec> members = new ArrayList<>();
        for (String volume : names) {
            VolumeSpec spec =
                    specs.find(volume)
                            .orElseThrow(
                                    () ->
                                            RefusedException.invalid(
                                                    "volumes",
                                                    "there is no volume '%s'".formatted(volume)));
            if (!spec.getVm().isEmpty() && !spec.getVm().equals(vm)) {
                throw RefusedException.conflict(
                        "volume '%s' belongs to VM '%s'".formatted(volume, spec.getVm()));
            }
            members.add(spec);
        }
        return members;
    }

    private void requireNewOrPartOf(String vm, List<VolumeSpec> members) {
        List<VolumeSpec> present = membersOf(vm);
        if (present.size() == members.size() || !members.containsAll(present)) {
            throw RefusedException.conflict("VM '%s' exists already".formatted(vm));
        }
    }
}
