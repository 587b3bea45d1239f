package dev.farshore.process.metrics;

import io.javalin.http.Context;
import io.prometheus.metrics.exporter.common.PrometheusHttpExchange;
import io.prometheus.metrics.exporter.common.PrometheusHttpRequest;
import io.prometheus.metrics.exporter.common.PrometheusHttpResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Enumeration;

/**
 * A request to our HTTP server, as Prometheus' library takes it. The library compresses its answer
 * itself, so it writes past the server's own compression.
 */
final class ScrapeExchange
        implements PrometheusHttpExchange, PrometheusHttpRequest, PrometheusHttpResponse {
    private final Context request;

    ScrapeExchange(Context request) {
        this.request = request;
    }

    @Override
    public PrometheusHttpRequest getRequest() {
        return this;
    }

    @Override
    public PrometheusHttpResponse getResponse() {
        return this;
    }

    @Override
    public @Nullable String getQueryString() {
        return request.queryString();
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return request.req().getHeaders(name);
    }

    @Override
    public String getMethod() {
        return request.req().getMethod();
    }

    @Override
    public String getRequestPath() {
        return request.path();
    }

    @Override
    public void setHeader(String name, String value) {
        request.res().setHeader(name, value);
    }

    /**
     * @param lengthBytes 0 if it is not known yet
     */
    @Override
    public OutputStream sendHeadersAndGetBody(int status, int lengthBytes) throws IOException {
        request.res().setStatus(status);
        if (lengthBytes > 0) {
            request.res().setContentLength(lengthBytes);
        }
        return request.res().getOutputStream();
    }

    @Override
    public void handleException(IOException e) throws IOException {
        throw e;
    }

    @Override
    public void handleException(RuntimeException e) {
        throw e;
    }

    @Override
    public void close() {
        // The server ends the request.
    }
}
