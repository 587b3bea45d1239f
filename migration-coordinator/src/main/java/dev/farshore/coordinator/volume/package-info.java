/** Volumes and VMs: what should be of them, and what the sites report of their images. */
@NullMarked
package dev.farshore.coordinator.volume;

import org.jspecify.annotations.NullMarked;
