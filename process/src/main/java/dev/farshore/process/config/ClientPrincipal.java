package dev.farshore.process.config;

import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As whom Kafka knows a client with given settings, for messages. */
final class ClientPrincipal {
    private static final Pattern USERNAME =
            Pattern.compile("\\busername\\s*=\\s*(?:\"([^\"]*)\"|([^\\s;]+))");

    private ClientPrincipal() {}

    /** Such as {@code User:node-a}; a description in its place where the settings don't say. */
    static String of(Map<String, Object> clientProperties) {
        Map<String, Object> resolved = resolved(clientProperties);
        String protocol =
                String.valueOf(
                                resolved.getOrDefault(
                                        AdminClientConfig.SECURITY_PROTOCOL_CONFIG, "PLAINTEXT"))
                        .toUpperCase(Locale.ROOT);
        if (protocol.startsWith("SASL")) {
            Matcher username =
                    USERNAME.matcher(String.valueOf(resolved.getOrDefault("sasl.jaas.config", "")));
            return username.find()
                    ? "User:" + (username.group(1) != null ? username.group(1) : username.group(2))
                    : "User:NAME";
        }
        return protocol.equals("SSL") ? "User:CERTIFICATE-SUBJECT" : "User:ANONYMOUS";
    }

    /** With what config providers deliver, as Kafka's own clients resolve it. */
    static Map<String, Object> resolved(Map<String, Object> properties) {
        return new AbstractConfig(new ConfigDef(), properties, Map.of(), false).originals();
    }
}
