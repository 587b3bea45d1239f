@NullMarked
package dev.farshore.coordinator.retention;

import org.jspecify.annotations.NullMarked;
