@NullMarked
package dev.farshore.apply.index.extents;

import org.jspecify.annotations.NullMarked;
