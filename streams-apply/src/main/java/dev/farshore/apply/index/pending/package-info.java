/** The events of a volume that are not hardened here. */
@NullMarked
package dev.farshore.apply.index.pending;

import org.jspecify.annotations.NullMarked;
