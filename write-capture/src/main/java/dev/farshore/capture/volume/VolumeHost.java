package dev.farshore.capture.volume;

import dev.farshore.capture.ownership.Deletion;
import dev.farshore.capture.ownership.OwnershipState;
import dev.farshore.capture.ownership.VolumeLocations;
import dev.farshore.capture.ownership.WriteTimes;
import dev.farshore.capture.pressure.WriteCounters.WriteRates;
import dev.farshore.capture.pressure.WriteLimit;
import dev.farshore.capture.seed.control.SeedStatus;
import dev.farshore.capture.session.Unpublished;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.capture.vm.VmGroups;
import dev.farshore.capture.vm.VmVolumes;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The volumes as this node offers them: keeps those that are written here, and knows of the others
 * where they are. Threading: any thread.
 */
public final class VolumeHost implements Exports, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VolumeHost.class);

    /** How long a client that connects during a hand-over or a start is kept waiting. */
    private static final Duration OPEN_PATIENCE = Duration.ofSeconds(10);

    private static final Duration RELEASE_INTERVAL = Duration.ofMillis(2);

    private final NodeContext node;
    private final Duration openPatience;
    private final ConcurrentMap<String, VolumeKeeper> keepers = new ConcurrentHashMap<>();
    private final VmVolumes vmVolumes = new VmVolumes(keepers::values);
    private final VmGroups vms;
    private final VolumeLocations locations;
    private final Thread releaser;
    private volatile boolean closed;

    public VolumeHost(NodeContext node) throws IOException {
        this(node, OPEN_PATIENCE);
    }

    VolumeHost(NodeContext node, Duration openPatience) throws IOException {
        this.node = node;
        this.openPatience = openPatience;
        this.vms = new VmGroups(node.time().nanos());
        this.locations = new VolumeLocations(node.identity(), node.images());
        Files.createDirectories(node.journals().directory());
        this.releaser = Thread.ofPlatform().name("farshore-release").unstarted(this::releaseAll);
    }

    public void start() {
        releaser.start();
    }

    /** What should be of a volume has changed. */
    public void specChanged(VolumeSpec spec) {
        if (closed) {
            return;
        }
        VolumeKeeper known = keepers.get(spec.getVvol());
        if (known != null) {
            known.update(spec);
            return;
        }
        VolumeKeeper keeper = new VolumeKeeper(node, vms, vmVolumes, spec);
        keepers.put(spec.getVvol(), keeper);
        keeper.start();
    }

    /** How the volumes stand here, in order of their names. */
    public List<VolumeStatus> statuses() {
        return keepers.values().stream()
                .filter(keeper -> !isDeleted(keeper))
                .map(VolumeStatus::of)
                .sorted(Comparator.comparing(VolumeStatus::vvol))
                .toList();
    }

    private static boolean isDeleted(VolumeKeeper keeper) {
        return Deletion.isWanted(keeper.spec()) && keeper.state() instanceof OwnershipState.Idle;
    }

    /** Connections that have a volume open to write; 0 if it is not known here. */
    public int clients(String vvol) {
        VolumeKeeper keeper = keepers.get(vvol);
        return keeper == null ? 0 : keeper.clients().count();
    }

    /** How one volume stands here; empty if there is none of that name. */
    public Optional<VolumeStatus> status(String vvol) {
        return Optional.ofNullable(keepers.get(vvol)).map(VolumeStatus::of);
    }

    /** What a volume's journal has lost since the node's start, in words; empty if nothing. */
    public String journalLoss(String vvol) {
        VolumeKeeper keeper = keepers.get(vvol);
        return keeper == null ? "" : keeper.losses().newest();
    }

    /**
     * Why this node does not take writes of a volume that its site owns, or can't publish them;
     * empty if it does.
     */
    public String notServed(String vvol) {
        VolumeKeeper keeper = keepers.get(vvol);
        return keeper != null && node.identity().isOwner(keeper.spec()) ? keeper.reason() : "";
    }

    /** The volumes that this node should take writes of and can't, with the reason, by name. */
    public SortedMap<String, String> troubles() {
        SortedMap<String, String> troubles = new TreeMap<>();
        keepers.forEach(
                (vvol, keeper) -> {
                    String trouble = keeper.trouble();
                    if (!trouble.isEmpty()) {
                        troubles.put(vvol, trouble);
                    }
                });
        return troubles;
    }

    /** A limit in force, and what comes of it. */
    public record Throttled(WriteLimit limit, WriteRates rates) {}

    /** How a volume's writes are slowed; empty if they are not. */
    public Optional<Throttled> throttled(String vvol) {
        VolumeKeeper keeper = keepers.get(vvol);
        if (keeper == null || keeper.session() == null) {
            return Optional.empty();
        }
        WriteLimit limit = keeper.traffic().limit();
        return limit.isNone()
                ? Optional.empty()
                : Optional.of(
                        new Throttled(
                                limit, keeper.traffic().counters().rates(node.time().nowNanos())));
    }

    /**
     * What is acknowledged here and not in the log yet; empty where the volume is not written here.
     */
    public Optional<Unpublished> unpublished(String vvol) {
        return Optional.ofNullable(keepers.get(vvol))
                .flatMap(keeper -> Optional.ofNullable(keeper.session()))
                .map(WriteSession::unpublished);
    }

    /** When its guest could write here, and could not. */
    public WriteTimes writeTimes(String vvol) {
        VolumeKeeper keeper = keepers.get(vvol);
        return keeper == null ? WriteTimes.NEVER : keeper.writeTimes();
    }

    /** A node of this site has said something of a volume. */
    public void reported(String vvol) {
        VolumeKeeper keeper = keepers.get(vvol);
        if (keeper == null) {
            return;
        }
        keeper.reported();
        if (keeper.isGoing()) {
            // The others of its VM may have waited for this one, to go together.
            keepers.values().stream()
                    .filter(other -> !other.vm().isEmpty() && other.vm().equals(keeper.vm()))
                    .forEach(VolumeKeeper::reported);
        }
    }

    /** How the seed of a volume is getting on; empty if none is made here, and none waits. */
    public Optional<SeedStatus> seed(String vvol) {
        return Optional.ofNullable(keepers.get(vvol))
                .map(VolumeKeeper::seedStatus)
                .filter(status -> !status.equals(SeedStatus.NONE));
    }

    /**
     * Another site has hardened a volume up to {@code seq}.
     *
     * @param applied where its image stands: says in whose epoch
     */
    public void hardenedElsewhere(String vvol, LogCursor applied, long seq) {
        VolumeKeeper keeper = keepers.get(vvol);
        if (keeper != null) {
            keeper.hardenedElsewhere(applied, seq);
        }
    }

    /** What is written here: clients that list open each, and some give up at the first refusal. */
    @Override
    public List<Description> list() {
        return keepers.values().stream()
                .filter(keeper -> keeper.state().isServed())
                .filter(keeper -> !Deletion.isWanted(keeper.spec()))
                .sorted(Comparator.comparing(keeper -> keeper.spec().getVvol()))
                .map(VolumeKeeper::spec)
                .map(spec -> new Description(spec.getVvol(), describe(spec)))
                .toList();
    }

    private static String describe(VolumeSpec spec) {
        return (spec.getVm().isEmpty() ? "of no VM" : "of VM " + spec.getVm())
                + ", owned by site "
                + spec.getOwner();
    }

    @Override
    public BlockDevice open(String name, Client client) throws ExportUnavailableException {
        VolumeKeeper keeper = keepers.get(name);
        if (keeper == null || Deletion.isWanted(keeper.spec())) {
            throw new ExportUnavailableException(
                    ExportUnavailableException.Kind.UNKNOWN, "there is no volume " + name);
        }
        long deadlineNs = node.time().nowNanos() + openPatience.toNanos();
        while (!keeper.state().isServed() || !keeper.clients().admit(client)) {
            VolumeSpec spec = keeper.spec();
            if (isElsewhere(spec) || closed || node.time().nowNanos() > deadlineNs) {
                throw new ExportUnavailableException(
                        ExportUnavailableException.Kind.ELSEWHERE, whyNot(keeper, spec));
            }
            pause();
        }
        return new VolumeDevice(keeper, client, node.time().nanos(), node.observer());
    }

    private boolean isElsewhere(VolumeSpec spec) {
        return !node.identity().isOwner(spec) || locations.otherNode(spec).isPresent();
    }

    private String whyNot(VolumeKeeper keeper, VolumeSpec spec) {
        if (isElsewhere(spec)) {
            return locations.refusal(spec);
        }
        if (!keeper.reason().isEmpty()) {
            return "volume %s is not open: %s".formatted(spec.getVvol(), keeper.reason());
        }
        String fault =
                keeper.images()
                        .fault(spec.getVvol())
                        .map(reason -> "; its image here is " + reason)
                        .orElse("");
        return "volume %s is still %s%s".formatted(spec.getVvol(), keeper.state().word(), fault);
    }

    private void releaseAll() {
        while (!closed) {
            keepers.values().forEach(VolumeKeeper::release);
            try {
                Thread.sleep(RELEASE_INTERVAL);
            } catch (InterruptedException e) {
                return; // only close() interrupts
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops writing; the journals keep what is not in the log yet. */
    @Override
    public void close() {
        closed = true;
        releaser.interrupt();
        keepers.values().forEach(VolumeKeeper::close);
        vms.close();
        try {
            releaser.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
