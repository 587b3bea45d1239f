package dev.farshore.nbd;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Checks certificates of clients as another trust manager does, but does not tell clients which
 * authorities are trusted.
 *
 * <p>The list is a hint that clients may do without. GnuTLS 3.7 (QEMU and libnbd of Debian 12) does
 * worse with it: under TLS 1.3 it finds its certificate to match none of the authorities listed,
 * and shows none.
 */
final class UnnamedAuthorities extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager checks;

    UnnamedAuthorities(X509ExtendedTrustManager checks) {
        this.checks = checks;
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checks.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checks.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        checks.checkClientTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checks.checkServerTrusted(chain, authType, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checks.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        checks.checkServerTrusted(chain, authType);
    }
}
