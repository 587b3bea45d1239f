/**
 * Decides which seed a volume needs while it is written here, and makes it: imports and reseeds.
 */
@NullMarked
package dev.farshore.capture.seeding;

import org.jspecify.annotations.NullMarked;
