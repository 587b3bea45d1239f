/** A map from ranges of sectors to the event that wrote them last, for millions of ranges. */
@NullMarked
package dev.farshore.apply.index.extents;

import org.jspecify.annotations.NullMarked;
