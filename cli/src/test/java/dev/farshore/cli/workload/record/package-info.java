/** The record against models. */
@NullMarked
package dev.farshore.cli.workload.record;

import org.jspecify.annotations.NullMarked;
