package dev.farshore.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * Changes of {@code farshore.volumes}: of two that were made from the same spec the first counts.
 */
class SpecSuccessionTest {
    private static final int SEEDS = 2_000;
    private static final int WRITERS = 3;

    private final Succession<VolumeSpec> succession = Succession.ofSpecs();

    @Test
    void shouldCountTheFirstOfTwoChangesOfTheSameSpec() {
        VolumeSpec first = spec(3, 4096);
        VolumeSpec second = spec(3, 512);

        assertThat(read(List.of(spec(2, 1024), first, second))).isEqualTo(first);
        assertThat(read(List.of(spec(2, 1024), second, first))).isEqualTo(second);
    }

    @Test
    void shouldIgnoreAChangeOfASpecThatIsHistory() {
        assertThat(read(List.of(spec(2, 1024), spec(3, 2048), spec(4, 4096), spec(3, 512))))
                .isEqualTo(spec(4, 4096));
    }

    @Test
    void shouldCountEveryRecordFromBeforeThereWereVersions() {
        assertThat(read(List.of(spec(0, 1024), spec(0, 2048)))).isEqualTo(spec(0, 2048));
        assertThat(read(List.of(spec(0, 1024), spec(1, 4096)))).isEqualTo(spec(1, 4096));
        assertThat(read(List.of(spec(5, 1024), spec(0, 2048), spec(1, 512))))
                .isEqualTo(spec(1, 512));
    }

    /**
     * Writers whose reading lags change one spec, each adding 1 to its size; what does not count is
     * overshadowed until somebody states what does. Nobody's change is lost that was not told so;
     * and wherever nothing is overshadowed, a reader of the newest record alone agrees with a
     * reader of all.
     */
    @Test
    void shouldLoseNoChangeAndBeTheSameAfterCompaction() {
        long firstSeed = Long.getLong("farshore.seed", System.nanoTime());
        for (long seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
            Random random = new Random(seed);
            List<VolumeSpec> topic = new ArrayList<>(List.of(spec(1, 0)));
            int[] read = new int[WRITERS];
            List<Integer> changes = new ArrayList<>();
            Arrays.fill(read, 1);
            for (int step = 0; step < 60; step++) {
                int writer = random.nextInt(WRITERS);
                VolumeSpec seen = read(topic.subList(0, read[writer]));
                switch (random.nextInt(4)) {
                    case 0 -> {
                        changes.add(topic.size());
                        topic.add(spec(seen.getVersion() + 1, seen.getSizeBytes() + 1));
                    }
                    case 1 -> {
                        if (isOvershadowed(topic.subList(0, read[writer]))) {
                            topic.add(spec(seen.getVersion() + 1, seen.getSizeBytes()));
                        }
                    }
                    default -> read[writer] += random.nextInt(topic.size() - read[writer] + 1);
                }
            }
            VolumeSpec last = read(topic);
            long counted = changes.stream().filter(at -> counts(topic, at)).count();
            assertThat(last.getSizeBytes()).as("seed %d", seed).isEqualTo(counted);
            for (int end = 1; end <= topic.size(); end++) {
                if (!isOvershadowed(topic.subList(0, end))) {
                    List<VolumeSpec> compacted = new ArrayList<>(List.of(topic.get(end - 1)));
                    compacted.addAll(topic.subList(end, topic.size()));
                    assertThat(read(compacted))
                            .as("seed %d, compacted to %d", seed, end)
                            .isEqualTo(last);
                }
            }
        }
    }

    private boolean counts(List<VolumeSpec> topic, int at) {
        return succession.follows(read(topic.subList(0, at)), topic.get(at));
    }

    private boolean isOvershadowed(List<VolumeSpec> topic) {
        return !read(topic).equals(topic.getLast());
    }

    private VolumeSpec read(List<VolumeSpec> topic) {
        @Nullable VolumeSpec current = null;
        for (VolumeSpec next : topic) {
            if (current == null || succession.follows(current, next)) {
                current = next;
            }
        }
        return Objects.requireNonNull(current);
    }

    private static VolumeSpec spec(long version, long sizeBytes) {
        return VolumeSpec.newBuilder()
                .setVvol("data")
                .setSizeBytes(sizeBytes)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setVersion(version)
                .build();
    }
}
