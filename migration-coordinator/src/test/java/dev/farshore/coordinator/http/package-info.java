/** Tests of this package. */
@NullMarked
package dev.farshore.coordinator.http;

import org.jspecify.annotations.NullMarked;
