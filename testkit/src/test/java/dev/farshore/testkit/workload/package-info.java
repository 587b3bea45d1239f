/** Workloads against servers that stall, fail and move. */
@NullMarked
package dev.farshore.testkit.workload;

import org.jspecify.annotations.NullMarked;
