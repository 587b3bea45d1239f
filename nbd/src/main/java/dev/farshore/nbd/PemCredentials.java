package dev.farshore.nbd;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Makes a server's TLS credentials from PEM files, as OpenSSL and GnuTLS write them. */
public final class PemCredentials {
    private static final Pattern KEY =
            Pattern.compile(
                    "-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);
    private static final char[] NO_PASSWORD = new char[0];

    /** AlgorithmIdentifier of RSA: what PKCS#1 leaves out. */
    private static final byte[] RSA_IDENTIFIER = {
        0x30,
        0x0d,
        0x06,
        0x09,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xf7,
        0x0d,
        0x01,
        0x01,
        0x01,
        0x05,
        0x00
    };

    private PemCredentials() {}

    /**
     * @param certificate the server's certificate, then those between it and the authority's
     * @param key its private key, not encrypted
     * @param clientAuthority the authority whose certificates clients have to show; null if they
     *     need none
     * @throws IOException if a file can't be used; it says which
     */
    public static TlsPolicy.Credentials load(
            Path certificate, Path key, @Nullable Path clientAuthority) throws IOException {
        try {
            PrivateKey privateKey = privateKey(key);
            Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
            requirePair(privateKey, chain[0]);
            KeyStore identity = emptyStore();
            identity.setKeyEntry("server", privateKey, NO_PASSWORD, chain);
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(identity, NO_PASSWORD);
            KeyStore authorities = emptyStore();
            if (clientAuthority != null) {
                int number = 0;
                for (Certificate authority : certificates(clientAuthority)) {
                    authorities.setCertificateEntry("authority-" + number++, authority);
                }
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), unnamed(trust.getTrustManagers()), null);
            return new TlsPolicy.Credentials(context, clientAuthority != null);
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "can't use " + certificate + " with " + key + ": " + e.getMessage(), e);
        }
    }

    private static TrustManager[] unnamed(TrustManager[] managers) {
        return Arrays.stream(managers)
                .map(
                        manager ->
                                manager instanceof X509ExtendedTrustManager extended
                                        ? new UnnamedAuthorities(extended)
                                        : manager)
                .toArray(TrustManager[]::new);
    }

    /** Else every client would be turned away, with an alert that says nothing of the reason. */
    private static void requirePair(PrivateKey key, Certificate certificate)
            throws GeneralSecurityException {
        Signature signature =
                Signature.getInstance(
                        switch (key.getAlgorithm()) {
                            case "RSA" -> "SHA256withRSA";
                            case "EC" -> "SHA256withECDSA";
                            default -> key.getAlgorithm();
                        });
        byte[] message = {1, 2, 3};
        signature.initSign(key);
        signature.update(message);
        byte[] signed = signature.sign();
        signature.initVerify(certificate);
        signature.update(message);
        if (!signature.verify(signed)) {
            throw new GeneralSecurityException("the certificate is for another key");
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file) throws IOException {
        try {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(Files.readAllBytes(file)));
            if (certificates.isEmpty()) {
                throw new IOException("no certificate in " + file);
            }
            return certificates;
        } catch (GeneralSecurityException e) {
            throw new IOException("no certificate in " + file + ": " + e.getMessage(), e);
        }
    }

    private static PrivateKey privateKey(Path file) throws IOException {
        Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw new IOException("no unencrypted private key in " + file);
        }
        if (pem.group(1).startsWith("EC")) {
            throw new IOException(
                    file + " is in SEC1 form; convert it with openssl pkcs8 -topk8 -nocrypt");
        }
        byte[] bytes;
        try {
            bytes = Base64.getMimeDecoder().decode(pem.group(2));
        } catch (IllegalArgumentException e) {
            throw new IOException("the private key in " + file + " is damaged", e);
        }
        byte[] encoded = pem.group(1).isEmpty() ? bytes : pkcs8OfRsa(bytes);
        for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException e) {
                // Of another algorithm: try the next.
            }
        }
        throw new IOException("the private key in " + file + " is neither RSA, EC nor EdDSA");
    }

    /** SEQUENCE { INTEGER 0, AlgorithmIdentifier, OCTET STRING { pkcs1 } }. */
    private static byte[] pkcs8OfRsa(byte[] pkcs1) {
        byte[] key = tagged(0x04, pkcs1);
        byte[] body =
                ByteBuffer.allocate(3 + RSA_IDENTIFIER.length + key.length)
                        .put(new byte[] {0x02, 0x01, 0x00})
                        .put(RSA_IDENTIFIER)
                        .put(key)
                        .array();
        return tagged(0x30, body);
    }

    private static byte[] tagged(int tag, byte[] content) {
        // A length of 16 bits fits every RSA key there is; DER wants the shortest form, and the
        // content is never so short that a shorter one exists.
        return ByteBuffer.allocate(4 + content.length)
                .put((byte) tag)
                .put((byte) 0x82)
                .putShort((short) content.length)
                .put(content)
                .array();
    }
}
