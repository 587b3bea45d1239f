/** What drives an NBD server while it is measured. */
@NullMarked
package dev.farshore.cli.bench.load;

import org.jspecify.annotations.NullMarked;
