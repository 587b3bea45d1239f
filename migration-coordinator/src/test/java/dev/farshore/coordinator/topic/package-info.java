/** Tests of this package. */
@NullMarked
package dev.farshore.coordinator.topic;

import org.jspecify.annotations.NullMarked;
