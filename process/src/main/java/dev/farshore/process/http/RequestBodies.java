package dev.farshore.process.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;

import io.javalin.http.Context;

import java.io.IOException;
import java.util.Objects;
import java.util.stream.Collectors;

/** Reads request bodies; errors name the field. */
public final class RequestBodies {
    private final ObjectMapper mapper;

    public RequestBodies(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    public <T> T read(Context request, Class<T> type) {
        byte[] body = request.bodyAsBytes();
        if (body.length == 0) {
            throw RefusedException.malformed("the body is empty: a JSON object is needed");
        }
        RequestGuard.requireJson(request);
        try {
            T value = mapper.readValue(body, type);
            if (value == null) {
                throw RefusedException.malformed("the body is null: a JSON object is needed");
            }
            return value;
        } catch (UnrecognizedPropertyException e) {
            throw RefusedException.invalid(
                    e.getPropertyName(),
                    "field '%s' is not known, known are %s"
                            .formatted(e.getPropertyName(), e.getKnownPropertyIds()));
        } catch (JsonMappingException e) {
            String field = fieldOf(e);
            if (field.isEmpty()) {
                throw RefusedException.malformed(e.getOriginalMessage());
            }
            throw RefusedException.invalid(
                    field, "field '%s': %s".formatted(field, e.getOriginalMessage()));
        } catch (JacksonException e) {
            throw RefusedException.malformed("the body is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw RefusedException.malformed("the body cannot be read: " + e.getMessage());
        }
    }

    private static String fieldOf(JsonMappingException e) {
        return e.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
    }
}
