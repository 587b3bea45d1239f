/** {@code farshore bench index}: what the dirty-block index takes, answers and weighs. */
@NullMarked
package dev.farshore.bench.index;

import org.jspecify.annotations.NullMarked;
