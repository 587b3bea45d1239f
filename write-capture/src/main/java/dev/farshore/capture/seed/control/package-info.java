/**
 * Which seed a volume needs while it is written here, and when: starts imports and reseeds, and
 * ends them.
 */
@NullMarked
package dev.farshore.capture.seed.control;

import org.jspecify.annotations.NullMarked;
