package dev.farshore.bench.demo;

import dev.farshore.testkit.verify.FlushListener;
import dev.farshore.testkit.workload.VolumeEndpoints;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * What the demo runs on: sites with their nodes, Kafka, and the coordinator, all running.
 *
 * <p>Threading: any thread. Ownership: whoever set it up closes it, and nothing is left running.
 */
public interface DemoStage extends VolumeEndpoints, AutoCloseable {

    /** Sets a stage up; returns when it runs. */
    @FunctionalInterface
    interface Builder {
        DemoStage build(Settings settings) throws IOException, InterruptedException;
    }

    /**
     * @param folder for all data; exists and is empty
     * @param port of the coordinator's REST API and dashboard
     * @param flushes to be told of every FLUSH that any site applies, from the first on
     * @param news told what is going on, a line at a time, by any thread
     */
    public record Settings(Path folder, int port, FlushListener flushes, Consumer<String> news) {}

    /** A volume to be made. */
    record NewVolume(String vvol, long sizeBytes) {}

    /** The sites' names; the VM starts at the first and moves to the second. */
    List<String> sites();

    /** Where a person can watch with a browser; empty if nowhere. */
    String dashboardUrl();

    /** Makes a VM and its volumes; returns when {@code site} serves them. */
    void createVm(String vm, List<NewVolume> volumes, String site)
            throws IOException, InterruptedException;

    /**
     * Moves the VM; returns when {@code site} serves all its volumes.
     *
     * @param onPhase told the name of each phase as it begins
     * @return the phases in order, and the milliseconds each took
     * @throws IOException if it did not get there
     */
    SequencedMap<String, Long> migrate(String vm, String site, Consumer<String> onPhase)
            throws IOException, InterruptedException;

    /** The lag of the VM's volumes now, in milliseconds: the largest over volumes and sites. */
    long lagMillis(String vm) throws IOException;

    /** The file that holds a site's image of a volume. */
    Path image(String vvol, String site);

    /** Waits until every site has hardened all of the VM's log. */
    void awaitHardened(String vm, Duration timeout) throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
