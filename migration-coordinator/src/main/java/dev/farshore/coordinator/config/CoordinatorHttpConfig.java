package dev.farshore.coordinator.config;

import dev.farshore.process.config.Check;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.util.List;

/**
 * Where the REST API listens.
 *
 * @param port 0 for a free one
 * @param allowedHosts names under which it may be asked, beside addresses and the machine's own
 */
public record CoordinatorHttpConfig(String host, int port, List<String> allowedHosts) {
    private static final Key.Value<String> HOST = Key.text("host");
    private static final Key.Value<Integer> PORT = Key.integer("port");
    private static final Key.Value<List<String>> ALLOWED_HOSTS = Key.texts("allowedHosts");
    static final Key.Group HTTP = Key.group("http", HOST, PORT, ALLOWED_HOSTS);

    public static final CoordinatorHttpConfig DEFAULT =
            new CoordinatorHttpConfig("127.0.0.1", 8088);

    public CoordinatorHttpConfig {
        Check.range(PORT, port, 0, 65_535);
        allowedHosts = List.copyOf(allowedHosts);
    }

    /** Known by its addresses and its machine's name. */
    public CoordinatorHttpConfig(String host, int port) {
        this(host, port, List.of());
    }

    static CoordinatorHttpConfig from(Section file) {
        Section section = file.section(HTTP);
        return section.build(
                () ->
                        new CoordinatorHttpConfig(
                                section.get(HOST, DEFAULT.host),
                                section.get(PORT, DEFAULT.port),
                                section.get(ALLOWED_HOSTS, DEFAULT.allowedHosts)));
    }
}
