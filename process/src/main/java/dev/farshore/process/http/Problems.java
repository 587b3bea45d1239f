package dev.farshore.process.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Locale;

/** Answers every error with problem details after RFC 9457. */
public final class Problems {
    private static final Logger log = LoggerFactory.getLogger(Problems.class);
    private static final String TYPE_PREFIX = "urn:farshore:problem:";
    private static final int UNAVAILABLE = 503;
    private static final int INTERNAL = 500;
    private static final int NOT_FOUND = 404;

    private final ObjectMapper mapper;

    public Problems(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    void handleAll(RoutesConfig routes) {
        routes.exception(RefusedException.class, (e, response) -> answer(response, problem(e)));
        routes.exception(
                HttpResponseException.class, (e, response) -> answer(response, problem(e)));
        routes.exception(
                UnavailableException.class,
                (e, response) -> {
                    log.atError().setCause(e).log("request failed: what it needs is not available");
                    answer(response, unavailable(String.valueOf(e.getMessage())));
                });
        routes.exception(
                Exception.class,
                (e, response) -> {
                    log.atError()
                            .addKeyValue("path", response.path())
                            .setCause(e)
                            .log("request failed");
                    answer(
                            response,
                            new Problem(
                                    TYPE_PREFIX + "internal",
                                    "Internal error",
                                    INTERNAL,
                                    "The server's log has the details.",
                                    null));
                });
        routes.error(
                NOT_FOUND,
                response -> {
                    if (response.result() == null || !isProblem(response)) {
                        answer(response, nothingAt(response));
                    }
                });
    }

    /** Something that is needed can not be reached, or is not known yet. */
    public static Problem unavailable(String detail) {
        return new Problem(
                TYPE_PREFIX + "unavailable", "Not available now", UNAVAILABLE, detail, null);
    }

    public void answer(Context response, Problem problem) {
        try {
            response.status(problem.status())
                    .result(mapper.writeValueAsBytes(problem))
                    .contentType(Problem.MEDIA_TYPE);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("problem details cannot be written: " + problem, e);
        }
    }

    private static Problem problem(RefusedException e) {
        return new Problem(
                TYPE_PREFIX + e.refusal().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                e.refusal().title(),
                e.refusal().status(),
                e.detail(),
                e.field().orElse(null));
    }

    private static Problem problem(HttpResponseException e) {
        return new Problem(
                "about:blank",
                HttpStatus.forStatus(e.getStatus()).getMessage(),
                e.getStatus(),
                message(e),
                null);
    }

    private static Problem nothingAt(Context request) {
        return new Problem(
                TYPE_PREFIX + "not-found",
                "Not found",
                NOT_FOUND,
                "There is nothing at %s %s".formatted(request.method(), request.path()),
                null);
    }

    private static boolean isProblem(Context response) {
        @Nullable String contentType = response.res().getContentType();
        return contentType != null && contentType.startsWith(Problem.MEDIA_TYPE);
    }

    private static String message(HttpResponseException e) {
        return e.getMessage() == null ? "" : e.getMessage();
    }
}
