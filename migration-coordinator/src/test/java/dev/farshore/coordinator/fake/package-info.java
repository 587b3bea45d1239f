/** Topics in memory, for tests. */
@NullMarked
package dev.farshore.coordinator.fake;

import org.jspecify.annotations.NullMarked;
