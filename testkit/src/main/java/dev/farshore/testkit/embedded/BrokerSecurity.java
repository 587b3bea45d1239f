package dev.farshore.testkit.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What makes an embedded broker a secured one: TLS with a certificate made for it, SCRAM-SHA-512,
 * and an authorizer that allows nothing that no ACL allows. Its own user may do everything.
 *
 * @param folder of the key and the certificate
 */
public record BrokerSecurity(Path folder) {
    public static final String ADMIN = "admin";
    static final String PASSWORD = "embedded-secret";
    private static final long KEYTOOL_SECONDS = 60;

    /** Makes key and certificate, by the JDK's own tool. */
    public static BrokerSecurity create(Path folder) throws IOException, InterruptedException {
        return create(folder, "broker");
    }

    /**
     * The same with another name in the certificate, which signs itself: one who trusts brokers
     * with other names does not know its signer.
     */
    public static BrokerSecurity create(Path folder, String name)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        BrokerSecurity security = new BrokerSecurity(folder.toAbsolutePath());
        keytool(
                "-genkeypair -alias broker -keyalg EC -groupname secp256r1 -validity 2 -dname CN="
                        + name
                        + " -ext SAN=ip:127.0.0.1,dns:localhost",
                security.keystore());
        Path certificate = security.folder().resolve("broker.pem");
        keytool("-exportcert -rfc -alias broker -file " + certificate, security.keystore());
        keytool("-importcert -noprompt -alias broker -file " + certificate, security.truststore());
        return security;
    }

    private static void keytool(String arguments, Path store)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/keytool")
                                        .toString()));
        command.addAll(List.of(arguments.split(" ")));
        command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
        command.addAll(List.of("-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("keytool failed: " + said);
        }
    }

    public Path keystore() {
        return folder.resolve("broker.p12");
    }

    public Path truststore() {
        return folder.resolve("trust.p12");
    }

    /** The password of both stores. */
    public String storePassword() {
        return PASSWORD;
    }

    /** Settings of the administrator's clients. */
    public Map<String, String> adminProperties() {
        return clientProperties(ADMIN, PASSWORD);
    }

    /** Settings of a user's clients. */
    public Map<String, String> clientProperties(String user, String password) {
        Map<String, String> properties = new HashMap<>();
        properties.put("security.protocol", "SASL_SSL");
        properties.put("sasl.mechanism", "SCRAM-SHA-512");
        properties.put("sasl.jaas.config", jaas(user, password));
        properties.put("ssl.truststore.location", truststore().toString());
        properties.put("ssl.truststore.password", PASSWORD);
        properties.put("ssl.truststore.type", "PKCS12");
        return properties;
    }

    private static String jaas(String user, String password) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
                .formatted(user, password);
    }

    /** Turns the settings of an open broker into those of a secured one. */
    void addTo(Map<String, Object> properties) {
        for (String setting : List.of("listeners", "advertised.listeners")) {
            properties.computeIfPresent(
                    setting, (key, open) -> open.toString().replace("PLAINTEXT:", "SASL_SSL:"));
        }
        properties.put("listener.security.protocol.map", "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT");
        properties.put("inter.broker.listener.name", "SASL_SSL");
        properties.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
        properties.put("sasl.mechanism.inter.broker.protocol", "SCRAM-SHA-512");
        properties.put(
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config", jaas(ADMIN, PASSWORD));
        properties.put("ssl.keystore.location", keystore());
        properties.put("ssl.keystore.password", PASSWORD);
        properties.put("ssl.keystore.type", "PKCS12");
        properties.put("ssl.truststore.location", truststore());
        properties.put("ssl.truststore.password", PASSWORD);
        properties.put("ssl.truststore.type", "PKCS12");
        properties.put(
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        properties.put("allow.everyone.if.no.acl.found", false);
        // Only the controller's listener, which no client uses, lets anyone in unauthenticated.
        properties.put("super.users", "User:" + ADMIN + ";User:ANONYMOUS");
    }

    /** Arguments with which the storage is formatted, so that the first user is there. */
    static List<String> formatArguments() {
        return List.of(
                "--add-scram", "SCRAM-SHA-512=[name=%s,password=%s]".formatted(ADMIN, PASSWORD));
    }
}
