/** {@code farshore bench capture}: what a VM's writes cost. */
@NullMarked
package dev.farshore.cli.bench.capture;

import org.jspecify.annotations.NullMarked;
