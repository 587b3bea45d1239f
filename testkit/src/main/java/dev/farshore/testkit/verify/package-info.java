/** Compares images with what a workload recorded: at every flush, and at the end. */
@NullMarked
package dev.farshore.testkit.verify;

import org.jspecify.annotations.NullMarked;
