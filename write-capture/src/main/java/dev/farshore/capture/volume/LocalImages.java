package dev.farshore.capture.volume;

import java.util.Optional;

/** The images this node holds. Threading: any thread. */
public interface LocalImages {
    Optional<LocalImage> find(String vvol);
}
