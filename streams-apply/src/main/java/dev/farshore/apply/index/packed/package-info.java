/** Numbers in as few bytes as they need, for what the index puts on disk. */
@NullMarked
package dev.farshore.apply.index.packed;

import org.jspecify.annotations.NullMarked;
