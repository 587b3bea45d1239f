/** The demo on a stage of the tests' own. */
@NullMarked
package dev.farshore.bench.demo;

import org.jspecify.annotations.NullMarked;
