package dev.farshore.capture.ownership;

import dev.farshore.capture.seed.control.SeedKeeper;
import dev.farshore.capture.session.VolumeJournal;

/** What the steps of one volume act on. */
public record VolumeParts(String vvol, VolumeJournal journal, Clients clients, SeedKeeper seeds) {}
