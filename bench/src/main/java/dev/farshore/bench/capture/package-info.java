/** {@code farshore bench capture}: what a VM's writes cost. */
@NullMarked
package dev.farshore.bench.capture;

import org.jspecify.annotations.NullMarked;
