/** Two sites in one process, with faults on demand: proof that a verification finds them. */
@NullMarked
package dev.farshore.testkit.simulated;

import org.jspecify.annotations.NullMarked;
