package dev.farshore.process.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/** Problem details for requests that Jetty itself refuses; it would answer HTML. */
final class UnreadableRequests extends ErrorHandler {
    private final ObjectMapper mapper;

    UnreadableRequests(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** For every method: by default there are answers to GET, POST and HEAD only. */
    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int status,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
        response.write(true, ByteBuffer.wrap(body(status, message)), callback);
    }

    private byte[] body(int status, @Nullable String reason) {
        String meaning = HttpStatus.getMessage(status);
        try {
            return mapper.writeValueAsBytes(
                    new Problem(
                            "about:blank",
                            meaning,
                            status,
                            reason == null ? meaning : reason,
                            null));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("problem details cannot be written", e);
        }
    }
}
