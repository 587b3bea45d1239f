@NullMarked
package dev.farshore.coordinator.migration;

import org.jspecify.annotations.NullMarked;
