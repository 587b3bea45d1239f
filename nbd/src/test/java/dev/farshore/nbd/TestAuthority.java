package dev.farshore.nbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority for one test class: PEM files under the names that QEMU and libnbd look
 * for. Made with the JDK's own keytool.
 */
final class TestAuthority {
    private static final String PASSWORD = "of-the-tests";

    /** TLS 1.3 knows a curve of 256 bits with this hash only; keytool would take another. */
    private static final String SIGNATURE = "SHA256withECDSA";

    private final Path folder;

    TestAuthority(Path folder) throws Exception {
        this.folder = Files.createDirectories(folder);
        keytool(
                "-genkeypair",
                "-alias",
                "ca",
                "-dname",
                "CN=test authority",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-sigalg",
                SIGNATURE,
                "-ext",
                "bc:c=ca:true",
                "-ext",
                "ku:c=keyCertSign");
        writeCertificate("ca");
    }

    private void writeCertificate(String name) throws IOException, GeneralSecurityException {
        byte[] encoded = store().getCertificate(name).getEncoded();
        Files.writeString(path(name + "-cert.pem"), pem("CERTIFICATE", encoded));
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    /** Makes {@code NAME-cert.pem} and {@code NAME-key.pem}. */
    TestAuthority issue(String name, String usage, String... keyOptions) throws Exception {
        List<String> generate =
                new ArrayList<>(List.of("-genkeypair", "-alias", name, "-dname", "CN=" + name));
        generate.addAll(List.of(keyOptions));
        generate.addAll(
                List.of(
                        "-signer",
                        "ca",
                        "-sigalg",
                        SIGNATURE,
                        "-ext",
                        "san=ip:127.0.0.1,dns:localhost",
                        "-ext",
                        "ku:c=digitalSignature",
                        "-ext",
                        "eku=" + usage));
        keytool(generate.toArray(String[]::new));
        writeCertificate(name);
        Files.writeString(path(name + "-key.pem"), pem("PRIVATE KEY", key(name).getEncoded()));
        return this;
    }

    Key key(String name) throws IOException, GeneralSecurityException {
        return store().getKey(name, PASSWORD.toCharArray());
    }

    private KeyStore store() throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(path("store.p12").toFile(), PASSWORD.toCharArray());
    }

    static String pem(String label, byte[] content) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    private void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        // Short-lived: starting counts, running does not.
        command.add("-J-XX:TieredStopAtLevel=1");
        command.add("-J-XX:+UseSerialGC");
        command.addAll(List.of(arguments));
        command.addAll(
                List.of("-keystore", file("store.p12"), "-storepass", PASSWORD, "-noprompt"));
        RealTools.run(command.toArray(String[]::new)).assertSuccess();
    }
}
