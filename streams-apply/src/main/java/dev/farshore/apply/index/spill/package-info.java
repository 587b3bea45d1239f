/** Where the index puts what does not fit into its memory. */
@NullMarked
package dev.farshore.apply.index.spill;

import org.jspecify.annotations.NullMarked;
