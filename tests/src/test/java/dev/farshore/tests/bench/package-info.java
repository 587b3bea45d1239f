/** The benches in their short form: that they run, not what they show. */
@NullMarked
package dev.farshore.tests.bench;

import org.jspecify.annotations.NullMarked;
