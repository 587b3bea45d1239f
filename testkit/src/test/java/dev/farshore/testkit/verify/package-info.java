/** The verifiers have to find every fault, and none where there is none. */
@NullMarked
package dev.farshore.testkit.verify;

import org.jspecify.annotations.NullMarked;
