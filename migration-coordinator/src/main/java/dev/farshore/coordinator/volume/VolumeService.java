package dev.farshore.coordinator.volume;

import dev.farshore.coordinator.api.NewVolume;
import dev.farshore.coordinator.api.RefusedException;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** Creates volumes and finds them. Thread-safe; requests that change something take turns. */
public final class VolumeService {
    private static final Logger log = LoggerFactory.getLogger(VolumeService.class);
    private static final int SECTOR_BYTES = 512;
    private static final long MIN_JOURNAL_BYTES = 1L << 20;
    private static final long DEFAULT_JOURNAL_BYTES = 256L << 20;
    private static final int FIRST_EPOCH = 1;

    private final VolumeSpecs specs;
    private final Sites sites;
    private final int partitions;
    private final LongSupplier nowMicros;

    /**
     * @param partitions of {@code farshore.writes}
     * @param nowMicros microseconds since 1970
     */
    public VolumeService(VolumeSpecs specs, Sites sites, int partitions, LongSupplier nowMicros) {
        this.specs = specs;
        this.sites = sites;
        this.partitions = partitions;
        this.nowMicros = nowMicros;
    }

    /**
     * Asks the nodes for a volume: the owner opens its first epoch.
     *
     * @throws RefusedException if a field is not valid, or a volume of that name exists
     */
    public VolumeSpec create(NewVolume asked) {
        String name = Names.requireLegal("name", asked.name());
        long sizeBytes = requireSize(asked.sizeBytes());
        String owner = sites.requireKnown("site", asked.site());
        Durability durability = requireDurability(asked.durability());
        long journalBytes = requireJournal(asked.journalBytes());
        synchronized (this) {
            if (specs.find(name).isPresent()) {
                throw RefusedException.conflict("volume '%s' exists already".formatted(name));
            }
            VolumeSpec spec =
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
                            .build();
            specs.put(List.of(spec));
            log.atInfo()
                    .addKeyValue("vvol", name)
                    .addKeyValue("site", owner)
                    .addKeyValue("partition", spec.getPartition())
                    .addKeyValue("sizeBytes", sizeBytes)
                    .log("volume created");
            return spec;
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

    private static long requireSize(@Nullable Long sizeBytes) {
        if (sizeBytes == null) {
            throw RefusedException.invalid("sizeBytes", "sizeBytes is missing");
        }
        if (sizeBytes <= 0 || sizeBytes % SECTOR_BYTES != 0) {
            throw RefusedException.invalid(
                    "sizeBytes",
                    "sizeBytes must be a positive multiple of %d, is %d"
                            .formatted(SECTOR_BYTES, sizeBytes));
        }
        return sizeBytes;
    }

    private static Durability requireDurability(@Nullable String durability) {
        return switch (durability == null ? "log" : durability.toLowerCase(Locale.ROOT)) {
            case "local" -> Durability.LOCAL;
            case "log" -> Durability.LOG;
            case "remote" -> Durability.REMOTE;
            default ->
                    throw RefusedException.invalid(
                            "durability",
                            "durability must be local, log or remote, is '%s'"
                                    .formatted(durability));
        };
    }

    private static long requireJournal(@Nullable Long journalBytes) {
        if (journalBytes == null) {
            return DEFAULT_JOURNAL_BYTES;
        }
        if (journalBytes < MIN_JOURNAL_BYTES) {
            throw RefusedException.invalid(
                    "journalBytes",
                    "journalBytes must be at least %d, is %d"
                            .formatted(MIN_JOURNAL_BYTES, journalBytes));
        }
        return journalBytes;
    }
}
