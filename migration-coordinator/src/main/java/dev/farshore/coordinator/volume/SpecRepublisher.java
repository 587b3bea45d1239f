package dev.farshore.coordinator.volume;

import dev.farshore.schemas.topic.Succession;

/**
 * Puts a spec once more where the newest record of its volume does not count: that would be all
 * that compaction leaves ({@link Succession#ofSpecs} has the argument). Several coordinators may do
 * so at once: the second says the same as the first, and is then not overshadowed.
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
