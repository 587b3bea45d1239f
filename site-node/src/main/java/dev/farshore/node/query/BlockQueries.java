package dev.farshore.node.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.index.spill.SpillException;
import dev.farshore.process.http.Json;
import dev.farshore.process.http.Problem;
import dev.farshore.process.http.Problems;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.VolumeSpec;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

import java.util.Optional;

/**
 * HTTP queries about blocks. A node that does not keep the volume redirects to the one that does
 * (307), or says why it can't (503). Errors are problem details after RFC 9457.
 */
public final class BlockQueries {
    private static final String VOLUME = "/api/v1/volumes/{volume}";
    private static final int OK = 200;
    private static final int TEMPORARY_REDIRECT = 307;

    private final KnownBlocks known;
    private final IndexQueries questions;
    private final JsonMapper mapper = Json.mapper();

    /** Answers a question about a volume that is kept here. */
    private interface Question {
        Object ask(VolumeSpec spec, Optional<DirtyBlocks> blocks, Parameters parameters);
    }

    public BlockQueries(KnownBlocks known) {
        this.known = known;
        this.questions = new IndexQueries(known.site(), known.node(), known::whyImageIsNotWhole);
    }

    /** Adds the queries to a server. */
    public void addTo(RoutesConfig routes) {
        add(
                routes,
                "/dirty",
                (spec, blocks, asked) ->
                        questions.dirty(spec, blocks, asked.range(spec), asked.limit()));
        add(routes, "/dirty/summary", (spec, blocks, asked) -> questions.summary(spec, blocks));
        add(
                routes,
                "/blocks/{offset}",
                (spec, blocks, asked) ->
                        questions.block(spec, blocks, asked.block(spec, IndexQueries.BLOCK_BYTES)));
        add(
                routes,
                "/heat",
                (spec, blocks, asked) ->
                        questions.heat(
                                spec, blocks, asked.since(), asked.offset(spec), asked.limit()));
        routes.exception(
                SpillException.class,
                (e, response) ->
                        answer(response, Problems.unavailable(String.valueOf(e.getMessage()))));
    }

    private void add(RoutesConfig routes, String path, Question question) {
        routes.get(VOLUME + path, request -> ask(request, question));
    }

    private void ask(Context request, Question question) {
        String vvol = request.pathParam("volume");
        VolumeSpec spec =
                known.spec(vvol)
                        .orElseThrow(
                                () ->
                                        RefusedException.notFound(
                                                "there is no volume '%s'".formatted(vvol)));
        switch (QueryTarget.of(spec, known)) {
            case QueryTarget.ThisNode(VolumeSpec here, Optional<DirtyBlocks> blocks) ->
                    answer(
                            request,
                            OK,
                            question.ask(here, blocks, new Parameters(request)),
                            "application/json");
            case QueryTarget.OtherNode(String url) ->
                    request.status(TEMPORARY_REDIRECT).header("Location", url + target(request));
            case QueryTarget.Unavailable(String reason) ->
                    answer(request, Problems.unavailable(reason));
        }
    }

    /** Path and query as they were asked for. */
    private static String target(Context request) {
        String query = request.queryString();
        return request.req().getRequestURI() + (query == null ? "" : "?" + query);
    }

    private void answer(Context response, Problem problem) {
        answer(response, problem.status(), problem, Problem.MEDIA_TYPE);
    }

    private void answer(Context response, int status, Object body, String mediaType) {
        try {
            response.status(status).result(mapper.writeValueAsBytes(body)).contentType(mediaType);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("answer cannot be written: " + body, e);
        }
    }
}
