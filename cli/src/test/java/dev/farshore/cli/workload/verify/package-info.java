/** The verifiers have to find every fault, and none where there is none. */
@NullMarked
package dev.farshore.cli.workload.verify;

import org.jspecify.annotations.NullMarked;
