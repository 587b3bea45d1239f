/** The record against models. */
@NullMarked
package dev.farshore.testkit.record;

import org.jspecify.annotations.NullMarked;
