@NullMarked
package dev.farshore.coordinator.volume;

import org.jspecify.annotations.NullMarked;
