package dev.farshore.node.config;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;

import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.process.config.Check;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * How a node keeps the images of its site.
 *
 * @param hardenInterval longest time between writing to an image and putting it on stable storage
 * @param places files or block devices of images that are not with the others, by volume
 */
public record ImagesConfig(
        StreamsConfig streams,
        Duration hardenInterval,
        Map<String, Path> places,
        IndexConfig index) {
    static final Key.Value<Duration> HARDEN_INTERVAL = Key.duration("hardenInterval");
    private static final Key.Value<Map<String, String>> VOLUMES = Key.properties("volumes");
    static final Key.Group IMAGES = Key.group("images", VOLUMES);

    public static final ImagesConfig DEFAULT =
            new ImagesConfig(
                    StreamsConfig.DEFAULT,
                    ApplySettings.DEFAULT_HARDEN_INTERVAL,
                    Map.of(),
                    IndexConfig.DEFAULT);

    public ImagesConfig {
        Check.range(HARDEN_INTERVAL, hardenInterval, ofMillis(10), ofMinutes(1));
        places = Map.copyOf(places);
    }

    public ImagesConfig withHardenInterval(Duration interval) {
        return new ImagesConfig(streams, interval, places, index);
    }

    static ImagesConfig from(Section file) {
        return file.build(
                () ->
                        new ImagesConfig(
                                StreamsConfig.from(file),
                                file.get(HARDEN_INTERVAL, DEFAULT.hardenInterval),
                                places(file),
                                IndexConfig.from(file)));
    }

    private static Map<String, Path> places(Section file) {
        Map<String, Path> places = new HashMap<>();
        file.section(IMAGES)
                .get(VOLUMES, Collections.emptyMap())
                .forEach((vvol, place) -> places.put(vvol, Path.of(place)));
        return places;
    }
}
