package dev.farshore.process.http;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

/**
 * Problem details after RFC 9457, media type {@link #MEDIA_TYPE}.
 *
 * @param type a URI naming the kind of problem
 * @param field the field of the request that is not valid, where it is one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        String type, String title, int status, String detail, @Nullable String field) {
    public static final String MEDIA_TYPE = "application/problem+json";
}
