/** Tests of taking changes. */
@NullMarked
package dev.farshore.capture.change;

import org.jspecify.annotations.NullMarked;
