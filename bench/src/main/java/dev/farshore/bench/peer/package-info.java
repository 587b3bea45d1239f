/** The programs we compare ourselves with, run as their users would. */
@NullMarked
package dev.farshore.bench.peer;

import org.jspecify.annotations.NullMarked;
