package dev.farshore.coordinator.http;

import io.javalin.http.Context;

import java.io.IOException;
import java.io.InputStream;

/** The page for people: one static file that polls the API. */
final class Dashboard {
    private static final String RESOURCE = "dashboard.html";
    private static final byte[] PAGE = load();

    static void show(Context response) {
        response.result(PAGE).contentType("text/html; charset=utf-8");
    }

    private static byte[] load() {
        try (InputStream page = Dashboard.class.getResourceAsStream(RESOURCE)) {
            if (page == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the class path");
            }
            return page.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(RESOURCE + " cannot be read", e);
        }
    }

    private Dashboard() {}
}
