package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.schemas.event.Health;

import org.jspecify.annotations.Nullable;

/** Where a volume of a partition is between its first event and a fault. */
public sealed interface ReplicaState {

    /** The open image, for readers, where there is one. */
    @Nullable Image image();

    Health health();

    String reason();

    /**
     * No event has been seen that counts.
     *
     * @param gap why none of those seen does; empty if there were none
     */
    record Absent(String gap) implements ReplicaState {
        @Override
        public @Nullable Image image() {
            return null;
        }

        @Override
        public Health health() {
            return gap.isEmpty() ? Health.OK : Health.GAP;
        }

        @Override
        public String reason() {
            return gap;
        }
    }

    /**
     * Follows the partition.
     *
     * @param gap which event it stands still for, until that comes; empty if for none
     */
    record Live(Image image, String gap) implements ReplicaState {
        @Override
        public Health health() {
            return gap.isEmpty() ? Health.OK : Health.GAP;
        }

        @Override
        public String reason() {
            return gap;
        }
    }

    /** Follows nothing; the partition has gone on without it. */
    record Stopped(Health health, String reason, @Nullable Image image) implements ReplicaState {}

    /**
     * Reads the partition for itself, from where its image stands to where the others are.
     *
     * @param fault what had stopped it
     * @param gap as of {@link Live}
     */
    record CatchingUp(Image image, Stopped fault, String gap) implements ReplicaState {
        @Override
        public Health health() {
            return gap.isEmpty() ? fault.health() : Health.GAP;
        }

        @Override
        public String reason() {
            return gap.isEmpty() ? fault.reason() : gap;
        }
    }
}
