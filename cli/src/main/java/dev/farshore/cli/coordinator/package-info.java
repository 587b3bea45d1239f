/** The coordinator as a process of its own. */
@NullMarked
package dev.farshore.cli.coordinator;

import org.jspecify.annotations.NullMarked;
