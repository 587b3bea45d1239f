package dev.farshore.tests.containers;

import dev.farshore.tests.fixture.ContainerEnvironment;
import dev.farshore.tests.fixture.Server;
import dev.farshore.tests.support.CoordinatorApi;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A coordinator and sites of one node each, all in containers. */
final class DeployedSites implements AutoCloseable {
    private final FarshoreContainer coordinator;
    private final SequencedMap<String, FarshoreContainer> nodes = new TreeMap<>();
    private final CoordinatorApi api;

    /** Returns when all serve. */
    DeployedSites(ContainerEnvironment environment, List<String> sites, Path folder)
            throws IOException {
        coordinator = FarshoreContainer.coordinator(environment, sites, folder);
        for (String site : sites) {
            nodes.put(site, FarshoreContainer.node(environment, site, folder));
        }
        api = new CoordinatorApi(List.of(coordinator.loopbackPort()));
        try {
            ContainerEnvironment.startAll(containers());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Stream<FarshoreContainer> containers() {
        return Stream.concat(Stream.of(coordinator), nodes.values().stream());
    }

    Server coordinator() {
        return coordinator;
    }

    Server node(String site) {
        return nodes.get(site);
    }

    CoordinatorApi api() {
        return api;
    }

    /** Copies the images of a volume into a folder; by site. */
    SequencedMap<String, Path> copyImages(String vvol, Path folder) {
        SequencedMap<String, Path> images = new TreeMap<>();
        nodes.forEach(
                (site, node) ->
                        images.put(
                                site,
                                node.copyImage(vvol, folder.resolve(vvol + "-" + site + ".img"))));
        return images;
    }

    @Override
    public void close() {
        containers().toList().parallelStream().forEach(FarshoreContainer::close);
        api.close();
    }
}
