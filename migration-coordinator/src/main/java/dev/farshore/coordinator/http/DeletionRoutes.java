package dev.farshore.coordinator.http;

import dev.farshore.coordinator.report.VolumeReports;
import dev.farshore.coordinator.volume.VolumeDeletion;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** What is deleted. */
record DeletionRoutes(VolumeDeletion deletion, VolumeReports reports, Answer answer) {
    private static final int OK = 200;
    private static final int ACCEPTED = 202;

    /** Writes an answer as JSON. */
    interface Answer {
        void write(Context response, int status, Object body);
    }

    void addTo(RoutesConfig routes) {
        routes.delete(
                "/api/v1/volumes/{volume}",
                request ->
                        answer.write(
                                request,
                                ACCEPTED,
                                reports.of(
                                        deletion.delete(
                                                request.pathParam("volume"),
                                                request.queryParam("deleteData")))));
        routes.delete(
                "/api/v1/vms/{vm}",
                request ->
                        answer.write(
                                request,
                                OK,
                                deletion.deleteVm(request.pathParam("vm")).stream()
                                        .map(reports::of)
                                        .toList()));
    }
}
