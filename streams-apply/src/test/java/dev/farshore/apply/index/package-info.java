@NullMarked
package dev.farshore.apply.index;

import org.jspecify.annotations.NullMarked;
