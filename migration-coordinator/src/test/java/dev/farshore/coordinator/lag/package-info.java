@NullMarked
package dev.farshore.coordinator.lag;

import org.jspecify.annotations.NullMarked;
