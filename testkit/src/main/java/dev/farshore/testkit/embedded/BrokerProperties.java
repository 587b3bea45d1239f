package dev.farshore.testkit.embedded;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The property file of an embedded broker, which listens on loopback. */
final class BrokerProperties {
    private BrokerProperties() {}

    static void write(
            Path file,
            Path logFolder,
            int port,
            Membership membership,
            EmbeddedEnvironment.@Nullable Detour detour,
            @Nullable BrokerSecurity security,
            Map<String, String> further)
            throws IOException {
        int controllerPort = membership.controllerPort();
        Map<String, Object> properties = new TreeMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", membership.id());
        properties.put("controller.quorum.voters", membership.voters());
        properties.put(
                "listeners",
                "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                        .formatted(port, controllerPort));
        properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        if (detour != null) {
            properties.merge(
                    "listeners",
                    ",DETOUR://127.0.0.1:" + detour.listenPort(),
                    (all, one) -> all + "" + one);
            properties.merge(
                    "advertised.listeners",
                    ",DETOUR://127.0.0.1:" + detour.advertisedPort(),
                    (all, one) -> all + "" + one);
            properties.put(
                    "listener.security.protocol.map",
                    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,DETOUR:PLAINTEXT");
        }
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("inter.broker.listener.name", "PLAINTEXT");
        properties.put("log.dirs", logFolder.toAbsolutePath());

        properties.putAll(BrokerSettings.ofOneOf(membership.brokers()));
        if (security != null) {
            security.addTo(properties);
        }
        properties.putAll(further);
        Files.writeString(
                file,
                properties.entrySet().stream()
                        .map(property -> property.getKey() + "=" + property.getValue())
                        .collect(Collectors.joining("\n", "", "\n")));
    }
}
