package dev.farshore.coordinator.http;

import dev.farshore.coordinator.api.request.NewImport;
import dev.farshore.coordinator.api.request.NewReseed;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.process.http.RequestBodies;
import dev.farshore.schemas.event.VolumeSpec;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

import java.util.function.BiConsumer;

/** What is asked of seeds. */
record SeedRoutes(
        SeedService seeds, RequestBodies bodies, BiConsumer<Context, VolumeSpec> accepted) {

    void addTo(RoutesConfig routes) {
        routes.post(
                "/api/v1/volumes/{volume}/import",
                request ->
                        accepted.accept(
                                request,
                                seeds.importInto(
                                        request.pathParam("volume"),
                                        bodies.read(request, NewImport.class))));
        routes.delete(
                "/api/v1/volumes/{volume}/import",
                request ->
                        accepted.accept(request, seeds.cancelImport(request.pathParam("volume"))));
        routes.post(
                "/api/v1/volumes/{volume}/reseed",
                request ->
                        accepted.accept(
                                request,
                                seeds.reseed(
                                        request.pathParam("volume"),
                                        bodies.read(request, NewReseed.class))));
    }
}
