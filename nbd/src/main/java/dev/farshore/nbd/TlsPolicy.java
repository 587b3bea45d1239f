package dev.farshore.nbd;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

import javax.net.ssl.SSLContext;

/** Whether a listener's clients may, must, or can't use TLS. */
public sealed interface TlsPolicy {
    /** No TLS: for Unix sockets, and networks that are trusted. */
    record Off() implements TlsPolicy {}

    /** Up to the client. An attacker in between can talk it out of TLS. */
    record Optional(Credentials credentials) implements TlsPolicy {}

    /** Nothing is said to a client before it has started TLS. */
    record Required(Credentials credentials) implements TlsPolicy {}

    TlsPolicy OFF = new Off();

    /**
     * @param context with the server's certificate, and the authorities it trusts
     * @param clientCertificateRequired whether clients have to show one of those authorities'
     */
    record Credentials(SSLContext context, boolean clientCertificateRequired) {
        public Credentials {
            Objects.requireNonNull(context, "context");
        }
    }

    /** The credentials, if TLS is possible at all. */
    default @Nullable Credentials credentialsIfAny() {
        return switch (this) {
            case Off off -> null;
            case Optional optional -> optional.credentials();
            case Required required -> required.credentials();
        };
    }
}
