/** Puts together what the API tells of volumes, VMs, lag and migrations. */
@NullMarked
package dev.farshore.coordinator.report;

import org.jspecify.annotations.NullMarked;
