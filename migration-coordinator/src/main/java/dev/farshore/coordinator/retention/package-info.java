/** How long what a slow site still needs will be in the log. */
@NullMarked
package dev.farshore.coordinator.retention;

import org.jspecify.annotations.NullMarked;
