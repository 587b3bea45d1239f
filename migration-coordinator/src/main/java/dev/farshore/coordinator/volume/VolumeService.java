package dev.farshore.coordinator.volume;

import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** Creates volumes and finds them. Thread-safe; requests that change something take turns. */
public final class VolumeService {
    private static final Logger log = LoggerFactory.getLogger(VolumeService.class);
    private static final int FIRST_EPOCH = 1;

    private final VolumeSpecs specs;
    private final Sites sites;
    private final int partitions;
    private final LongSupplier nowMicros;
    private final ImageLimits limits;

    /** Where no site tells how large its images can be. */
    public VolumeService(VolumeSpecs specs, Sites sites, int partitions, LongSupplier nowMicros) {
        this(specs, sites, partitions, nowMicros, ImageLimits.UNKNOWN);
    }

    /**
     * @param partitions of {@code farshore.writes}
     * @param nowMicros microseconds since 1970
     */
    public VolumeService(
            VolumeSpecs specs,
            Sites sites,
            int partitions,
            LongSupplier nowMicros,
            ImageLimits limits) {
        this.limits = limits;
        this.specs = specs;
        this.sites = sites;
        this.partitions = partitions;
        this.nowMicros = nowMicros;
    }

    /**
     * Asks the nodes for a volume: the owner opens its first epoch.
     *
     * @throws RefusedException if a field is not valid, a volume of that name exists, or a site
     *     could not hold its image
     */
    public VolumeSpec create(NewVolume asked) {
        String name = Names.requireLegal("name", asked.name());
        long sizeBytes = VolumeFields.requireSize(asked.sizeBytes());
        String owner = sites.requireKnown("site", asked.site());
        Durability durability =
                asked.durability() == null
                        ? Durability.LOG
                        : VolumeFields.requireDurability(asked.durability());
        long journalBytes =
                asked.journalBytes() == null
                        ? VolumeFields.DEFAULT_JOURNAL_BYTES
                        : VolumeFields.requireJournal(asked.journalBytes());
        String placement =
                asked.placement() == null ? "" : VolumeFields.requirePlacement(asked.placement());
        return specs.change(
                () -> {
                    if (specs.find(name).isPresent()) {
                        throw RefusedException.conflict(
                                "volume '%s' exists already".formatted(name));
                    }
                    Optional<VolumeSpec> before = specs.findDeleted(name);
                    before.ifPresent(deleted -> requireFree(deleted, asked));
                    limits.requireRoom(name, sizeBytes);
                    VolumeSpec empty =
                            VolumeSpec.newBuilder()
                                    .setVvol(name)
                                    .setSizeBytes(sizeBytes)
                                    .setPartition(leastUsedPartition())
                                    .setOwner(owner)
                                    .setEpoch(FIRST_EPOCH)
                                    .setPhase(Phase.OPEN)
                                    .setDurability(durability)
                                    .setCreatedMicros(nowMicros.getAsLong())
                                    .setJournalBytes(journalBytes)
                                    .setPlacement(placement)
                                    .build();
                    VolumeSpec fresh =
                            asked.from() == null
                                    ? empty
                                    : SeedService.imported(
                                            empty, asked.from(), nowMicros.getAsLong());
                    VolumeSpec spec =
                            before.map(
                                            deleted ->
                                                    SpecChanges.reborn(
                                                            deleted, epochAfter(deleted), fresh))
                                    .orElse(fresh);
                    specs.put(List.of(spec));
                    log.atInfo()
                            .addKeyValue("vvol", name)
                            .addKeyValue("site", owner)
                            .addKeyValue("partition", spec.getPartition())
                            .addKeyValue("sizeBytes", sizeBytes)
                            .log("volume created");
                    return require(name);
                });
    }

    /** Nodes may have opened newer epochs than the spec names. */
    private int epochAfter(VolumeSpec deleted) {
        return 1
                + sites.known().stream()
                        .flatMap(site -> sites.report(deleted.getVvol(), site).stream())
                        .mapToInt(Progress::getEpoch)
                        .reduce(deleted.getEpoch(), Math::max);
    }

    /** A name that was used is free when its last volume's log says that all of that is gone. */
    private void requireFree(VolumeSpec deleted, NewVolume asked) {
        if (!VolumeDeletion.isDone(deleted, sites.report(deleted.getVvol(), deleted.getOwner()))) {
            throw RefusedException.conflict(
                    "the last volume '%s' is still being deleted: its owner, site %s, has not said that it is done"
                            .formatted(deleted.getVvol(), deleted.getOwner()));
        }
        if (asked.from() != null) {
            throw RefusedException.conflict(
                    "a volume '%s' was there before: import into one of a new name"
                            .formatted(deleted.getVvol()));
        }
    }

    /** In order of their names. */
    public List<VolumeSpec> all() {
        return specs.all().stream().sorted(Comparator.comparing(VolumeSpec::getVvol)).toList();
    }

    public VolumeSpec require(String name) {
        return specs.find(name)
                .orElseThrow(
                        () -> RefusedException.notFound("there is no volume '%s'".formatted(name)));
    }

    /** A volume's log is one partition; it is shared only once all partitions are in use. */
    private int leastUsedPartition() {
        int[] uses = new int[partitions];
        specs.all().stream()
                .map(VolumeSpec::getPartition)
                .filter(partition -> partition < partitions)
                .forEach(partition -> uses[partition]++);
        return IntStream.range(0, partitions)
                .boxed()
                .min(Comparator.comparingInt(partition -> uses[partition]))
                .orElseThrow();
    }
}
