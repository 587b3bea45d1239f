@NullMarked
package dev.farshore.coordinator.report;

import org.jspecify.annotations.NullMarked;
