/** {@code farshore bench}: measures Farshore beside its peers, in one run. */
@NullMarked
package dev.farshore.cli.bench;

import org.jspecify.annotations.NullMarked;
