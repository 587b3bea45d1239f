package dev.farshore.coordinator.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class SpecRepublisherTest {
    private final InMemorySpecs specs = new InMemorySpecs();
    private final SpecRepublisher restatement = new SpecRepublisher(specs);

    @Test
    void shouldStateOnceMoreWhatCountsAlsoOfADeletedVolume() {
        new VolumeService(specs, new Sites(Set.of("a"), new InMemoryReports()), 1, () -> 1)
                .create(new NewVolume("data", 4096L, "a", null, null));
        VolumeSpec before = specs.find("data").orElseThrow();
        specs.overshadow("data");

        restatement.restate();
        assertThat(specs.find("data")).hasValue(SpecChanges.next(before));
        assertThat(specs.overshadowed()).isEmpty();

        specs.put(List.of(SpecChanges.deleted(specs.find("data").orElseThrow(), 7)));
        VolumeSpec deleted = specs.findDeleted("data").orElseThrow();
        specs.overshadow("data");
        restatement.restate();
        assertThat(specs.findDeleted("data")).hasValue(SpecChanges.next(deleted));
    }
}
