package dev.farshore.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class IndexQueriesTest {
    private static final Parameters.Range ALL = new Parameters.Range(0, 1 << 20);

    private static VolumeSpec spec() {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .build();
    }

    /** Its events may be too old for the log, and its image lost. */
    @Test
    void shouldNotCallAVolumeCleanOfWhichNoEventWasEverSeen() {
        IndexQueries questions = new IndexQueries("b", "b-1", vvol -> Optional.empty());

        QueryResults.Dirty answer = questions.dirty(spec(), Optional.empty(), ALL, 10);

        assertThat(answer.dirty()).isTrue();
        assertThat(answer.source().isComplete()).isFalse();
        assertThat(answer.source().reason()).contains("none of its events");
    }

    @Test
    void shouldNotCallAVolumeCleanWhoseImageIsNotWhole() {
        IndexQueries questions =
                new IndexQueries("b", "b-1", vvol -> Optional.of("it is being seeded"));

        QueryResults.Dirty answer = questions.dirty(spec(), Optional.empty(), ALL, 10);

        assertThat(answer.dirty()).isTrue();
        assertThat(answer.source().reason()).contains("it is being seeded");
    }
}
