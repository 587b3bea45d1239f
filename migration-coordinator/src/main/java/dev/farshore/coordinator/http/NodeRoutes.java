package dev.farshore.coordinator.http;

import dev.farshore.coordinator.api.request.NodeSettings;
import dev.farshore.coordinator.report.NodeReports;
import dev.farshore.coordinator.volume.NodeDraining;
import dev.farshore.process.http.RequestBodies;

import io.javalin.config.RoutesConfig;

/** What can be asked of nodes, and done with them. */
record NodeRoutes(
        NodeReports reports,
        NodeDraining draining,
        RequestBodies bodies,
        DeletionRoutes.Answer answer) {
    private static final int OK = 200;

    void addTo(RoutesConfig routes) {
        routes.get("/api/v1/nodes", request -> answer.write(request, OK, reports.all()));
        routes.patch(
                "/api/v1/sites/{site}/nodes/{node}",
                request -> {
                    String site = request.pathParam("site");
                    String node = request.pathParam("node");
                    draining.set(site, node, bodies.read(request, NodeSettings.class));
                    answer.write(request, OK, reports.of(site, node));
                });
    }
}
