package dev.farshore.apply.store;

import dev.farshore.apply.image.Image;
import dev.farshore.schemas.event.Health;

import org.jspecify.annotations.Nullable;

/** Where a volume of a partition is between its first event and a fault. */
sealed interface VolumeState {

    /** The open image, for readers, where there is one. */
    @Nullable Image image();

    Health health();

    String reason();

    /** No event has been seen that counts. */
    record Absent() implements VolumeState {
        @Override
        public @Nullable Image image() {
            return null;
        }

        @Override
        public Health health() {
            return Health.OK;
        }

        @Override
        public String reason() {
            return "";
        }
    }

    /** Follows the partition. */
    record Live(Image image) implements VolumeState {
        @Override
        public Health health() {
            return Health.OK;
        }

        @Override
        public String reason() {
            return "";
        }
    }

    /** Follows nothing; the partition has gone on without it. */
    record Stopped(Health health, String reason, @Nullable Image image) implements VolumeState {}

    /**
     * Reads the partition for itself, from where its image stands to where the others are.
     *
     * @param reason what had stopped it, and still is the last that is known of its health
     */
    record CatchingUp(Image image, Health health, String reason) implements VolumeState {}
}
