package dev.farshore.coordinator.http;

import dev.farshore.coordinator.volume.SiteForgetting;

import io.javalin.config.RoutesConfig;

/** What can be done with sites. */
record SiteRoutes(SiteForgetting forgetting, DeletionRoutes.Answer answer) {
    private static final int OK = 200;

    void addTo(RoutesConfig routes) {
        routes.delete(
                "/api/v1/sites/{site}",
                request -> answer.write(request, OK, forgetting.forget(request.pathParam("site"))));
    }
}
