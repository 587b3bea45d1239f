package dev.farshore.schemas.topic;

import java.util.List;

/** Names of the topics. */
public final class Topics {
    public static final String WRITES = "farshore.writes";
    public static final String HEADERS = "farshore.headers";
    public static final String PROGRESS = "farshore.progress";
    public static final String VOLUMES = "farshore.volumes";
    public static final String MIGRATIONS = "farshore.migrations";
    public static final String CLOCKS = "farshore.clocks";

    /** Topics in which a volume has the partition its {@code VolumeSpec} names. */
    public static final List<String> BY_VOLUME_PARTITION = List.of(WRITES, HEADERS, PROGRESS);

    public static final List<String> ALL =
            List.of(WRITES, HEADERS, PROGRESS, VOLUMES, MIGRATIONS, CLOCKS);

    private Topics() {}
}
