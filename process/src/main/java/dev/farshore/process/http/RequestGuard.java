package dev.farshore.process.http;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses requests that a foreign web page could make a browser send (CSRF). Without it any page
 * that an operator has open could change volumes: a browser sends simple requests anywhere and only
 * hides the answer from the page.
 *
 * <ul>
 *   <li>{@code Host} has to be a name of this server ({@link KnownHosts}), or the page may be of
 *       the server's own origin by a trick with DNS.
 *   <li>What changes something may not come from another {@code Origin}. Programs send none.
 *   <li>A body has to be called JSON: a page can send forms and plain text without the browser
 *       asking us first, but not that.
 * </ul>
 */
record RequestGuard(KnownHosts hosts) {
    private static final String JSON = "application/json";
    private static final Set<HandlerType> READING =
            Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);

    void check(Context request) {
        String host = request.header("Host");
        if (host != null && !hosts.knows(host)) {
            throw RefusedException.misdirected(
                    ("this server is not known as '%s': use its address or its machine's name, or"
                                    + " add the name to http.allowedHosts of its configuration")
                            .formatted(host));
        }
        if (READING.contains(request.method())) {
            return;
        }
        String origin = request.header("Origin");
        if (origin != null && !isOf(origin, host)) {
            throw RefusedException.forbidden(
                    "a web page of '%s' may not change anything here".formatted(origin));
        }
        String mediaType = request.contentType();
        if (mediaType != null && !isJson(mediaType)) {
            throw RefusedException.unsupportedMedia(
                    "Content-Type is %s, it must be %s".formatted(mediaType, JSON));
        }
    }

    /** A body is needed, so it has to be called what it is. */
    static void requireJson(Context request) {
        String mediaType = request.contentType();
        if (mediaType == null || !isJson(mediaType)) {
            throw RefusedException.unsupportedMedia(
                    "Content-Type is %s, it must be %s"
                            .formatted(mediaType == null ? "missing" : mediaType, JSON));
        }
    }

    private static boolean isJson(String mediaType) {
        int parameters = mediaType.indexOf(';');
        String type = parameters < 0 ? mediaType : mediaType.substring(0, parameters);
        return type.strip().toLowerCase(Locale.ROOT).equals(JSON);
    }

    /** Browsers leave the scheme's own port out of both. */
    private static boolean isOf(String origin, @Nullable String host) {
        try {
            String authority = new URI(origin).getRawAuthority();
            return authority != null && authority.equalsIgnoreCase(host);
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
