/** What drives an NBD server while it is measured. */
@NullMarked
package dev.farshore.bench.load;

import org.jspecify.annotations.NullMarked;
