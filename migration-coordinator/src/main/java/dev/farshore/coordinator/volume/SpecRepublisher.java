package dev.farshore.coordinator.volume;

import dev.farshore.schemas.topic.Succession;

/**
 * Publishes a spec again when the newest record of its key is not valid, as compaction would leave
 * only that record ({@link Succession#ofSpecs} has the argument). Several coordinators may do so at
 * once: the second publishes the same spec, and that is valid.
 */
public final class SpecRepublisher {
    private final VolumeSpecs specs;

    public SpecRepublisher(VolumeSpecs specs) {
        this.specs = specs;
    }

    /** Blocks until what it puts is written. */
    public void restate() {
        for (String vvol : specs.overshadowed()) {
            specs.change(
                    () -> {
                        if (specs.overshadowed().contains(vvol)) {
                            specs.put(
                                    specs.find(vvol).or(() -> specs.findDeleted(vvol)).stream()
                                            .toList());
                        }
                        return vvol;
                    });
        }
    }
}
