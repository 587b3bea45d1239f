/** Workloads against servers that stall, fail and move. */
@NullMarked
package dev.farshore.cli.workload;

import org.jspecify.annotations.NullMarked;
