@NullMarked
package dev.farshore.apply.index.spill;

import org.jspecify.annotations.NullMarked;
