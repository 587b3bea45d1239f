package dev.farshore.capture.session;

import dev.farshore.capture.journal.HostBoot;

import java.nio.file.Path;

/**
 * Where a node keeps its journals.
 *
 * @param directory one file for each volume that is written here
 * @param hostBoot the start of the host that the node runs in
 */
public record JournalFolder(Path directory, HostBoot hostBoot) {

    /** In the present start of the host. */
    public static JournalFolder at(Path directory) {
        return new JournalFolder(directory, HostBoot.present());
    }

    Path file(String vvol) {
        return directory.resolve(vvol + ".journal");
    }
}
