package dev.farshore.cli.run;

import dev.farshore.bench.demo.DemoStage;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.testkit.simulated.TwoSites;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

/** The demo's stage without Kafka. */
final class TwoSitesStage implements DemoStage {
    private final TwoSites sites;

    TwoSitesStage(Settings settings, TwoSites.Tampering tampering) throws IOException {
        sites = new TwoSites(settings.folder(), settings.flushes(), tampering);
    }

    @Override
    public List<String> sites() {
        return TwoSites.NAMES;
    }

    @Override
    public String dashboardUrl() {
        return "http://127.0.0.1:8088/";
    }

    @Override
    public void createVm(String vm, List<NewVolume> volumes, String site) throws IOException {
        for (NewVolume volume : volumes) {
            sites.create(volume.vvol(), volume.sizeBytes());
        }
    }

    @Override
    public SequencedMap<String, Long> migrate(String vm, String site, Consumer<String> onPhase)
            throws InterruptedException {
        onPhase.accept("sealing");
        sites.moveTo(site);
        SequencedMap<String, Long> phases = new LinkedHashMap<>();
        phases.put("seal", 12L);
        phases.put("open", 3L);
        return phases;
    }

    @Override
    public long lagMillis(String vm) {
        return 7;
    }

    @Override
    public Path image(String vvol, String site) {
        return sites.image(vvol, site);
    }

    @Override
    public void awaitHardened(String vm, Duration timeout) throws InterruptedException {
        sites.awaitApplied();
    }

    @Override
    public NbdUri locate(String vvol) {
        return sites.locate(vvol);
    }

    @Override
    public void close() throws IOException {
        sites.close();
    }
}
