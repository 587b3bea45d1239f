/** Workloads of a VM that verify what they read, over NBD, across connections. */
@NullMarked
package dev.farshore.testkit.workload;

import org.jspecify.annotations.NullMarked;
