/** The volumes of a node, as clients open them and operators see them. */
@NullMarked
package dev.farshore.capture.volume;

import org.jspecify.annotations.NullMarked;
