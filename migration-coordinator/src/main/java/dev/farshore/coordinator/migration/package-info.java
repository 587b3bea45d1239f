/**
 * Hand-overs of VMs between sites: the states and their legal exits, the rules that choose the next
 * one, the log that arbitrates, and the loop that drives them.
 */
@NullMarked
package dev.farshore.coordinator.migration;

import org.jspecify.annotations.NullMarked;
