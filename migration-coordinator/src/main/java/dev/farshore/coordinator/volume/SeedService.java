package dev.farshore.coordinator.volume;

import dev.farshore.coordinator.api.request.NewImport;
import dev.farshore.coordinator.api.request.NewReseed;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Asks the owners of volumes for seeds. Thread-safe. */
public final class SeedService {
    private static final Logger log = LoggerFactory.getLogger(SeedService.class);
    private static final Set<String> FORMATS = Set.of("raw", "qcow2");

    private final VolumeSpecs specs;
    private final ImageReports images;
    private final Predicate<String> isMoving;
    private final LongSupplier nowMicros;

    /**
     * @param isMoving whether a VM is being migrated
     * @param nowMicros microseconds since 1970
     */
    public SeedService(
            VolumeSpecs specs,
            ImageReports images,
            Predicate<String> isMoving,
            LongSupplier nowMicros) {
        this.specs = specs;
        this.images = images;
        this.isMoving = isMoving;
        this.nowMicros = nowMicros;
    }

    /** Whether a volume's import was asked for and is not finished, as its owner reported last. */
    public static boolean isImporting(VolumeSpec spec, Optional<Progress> owner) {
        return !spec.getImportPath().isEmpty()
                && !owner.filter(image -> isFinished(spec, image)).isPresent();
    }

    private static boolean isFinished(VolumeSpec spec, Progress owner) {
        return owner.getSeedId() > spec.getSeedId()
                || (owner.getSeedId() == spec.getSeedId() && owner.getSeedFinished());
    }

    /** Checks what is said of a disk image, and puts it into a spec. */
    static VolumeSpec imported(VolumeSpec spec, NewImport asked, long id) {
        String path = asked.path();
        if (path == null || !path.startsWith("/")) {
            throw RefusedException.invalid(
                    "path", "path must be absolute, at the owner's node, is '%s'".formatted(path));
        }
        String format = asked.format() == null ? "raw" : asked.format();
        if (!FORMATS.contains(format)) {
            throw RefusedException.invalid(
                    "format", "format must be raw or qcow2, is '%s'".formatted(format));
        }
        return SpecChanges.seeded(spec, id, path, format, limit(asked.bytesPerSecond()));
    }

    private static long limit(@Nullable Long bytesPerSecond) {
        return VolumeFields.requireLimit("bytesPerSecond", bytesPerSecond);
    }

    /**
     * Asks for a disk image to become the content of a volume that has none yet.
     *
     * @throws RefusedException if there is no such volume, it has data, or is being handed over
     */
    public VolumeSpec importInto(String vvol, NewImport asked) {
        return specs.change(
                () -> {
                    VolumeSpec spec = requireOpen(vvol);
                    Optional<Progress> owner = images.find(vvol, spec.getOwner());
                    requireNoImport(spec, owner);
                    if (owner.map(Progress::getHardenedTotalBytes).orElse(0L) > 0) {
                        throw RefusedException.conflict(
                                "volume '%s' has data already; import into a new one"
                                        .formatted(vvol));
                    }
                    return put(imported(spec, asked, nextId(spec)), "import asked for");
                });
    }

    /**
     * Takes an import back that has not begun.
     *
     * @throws RefusedException if there is none, or it has begun: what it brought in is in the log
     */
    public VolumeSpec cancelImport(String vvol) {
        return specs.change(
                () -> {
                    VolumeSpec spec = requireOpen(vvol);
                    Optional<Progress> owner = images.find(vvol, spec.getOwner());
                    if (!isImporting(spec, owner)) {
                        throw RefusedException.conflict(
                                "volume '%s' is not being imported".formatted(vvol));
                    }
                    if (owner.map(Progress::getHealth).orElse(Health.OK) == Health.SEEDING) {
                        throw RefusedException.conflict(
                                "the import of volume '%s' has begun: the disk is partly in its log"
                                        .formatted(vvol));
                    }
                    return put(SpecChanges.seeded(spec, 0, "", "", 0), "import taken back");
                });
    }

    /**
     * Asks the owner to seed its volume anew.
     *
     * @throws RefusedException if there is no such volume, or it is being imported or handed over
     */
    public VolumeSpec reseed(String vvol, NewReseed asked) {
        return specs.change(
                () -> {
                    VolumeSpec spec = requireOpen(vvol);
                    requireNoImport(spec, images.find(vvol, spec.getOwner()));
                    long limit = limit(asked.bytesPerSecond());
                    return put(
                            SpecChanges.seeded(spec, nextId(spec), "", "", limit),
                            "reseed asked for");
                });
    }

    private long nextId(VolumeSpec spec) {
        return Math.max(nowMicros.getAsLong(), spec.getSeedId() + 1);
    }

    private static void requireNoImport(VolumeSpec spec, Optional<Progress> owner) {
        if (isImporting(spec, owner)) {
            throw RefusedException.conflict(
                    "volume '%s' is being imported from %s"
                            .formatted(spec.getVvol(), spec.getImportPath()));
        }
    }

    private VolumeSpec requireOpen(String vvol) {
        VolumeSpec spec =
                specs.find(vvol)
                        .orElseThrow(
                                () ->
                                        RefusedException.notFound(
                                                "there is no volume '%s'".formatted(vvol)));
        if (spec.getPhase() != Phase.OPEN || isMoving.test(spec.getVm())) {
            throw RefusedException.conflict("volume '%s' is being handed over".formatted(vvol));
        }
        return spec;
    }

    private VolumeSpec put(VolumeSpec changed, String what) {
        specs.put(List.of(changed));
        log.atInfo()
                .addKeyValue("vvol", changed.getVvol())
                .addKeyValue("seed", changed.getSeedId())
                .addKeyValue("path", changed.getImportPath())
                .log(what);
        return changed;
    }
}
