/** Tests of the package of the same name. */
@NullMarked
package dev.farshore.capture.change;

import org.jspecify.annotations.NullMarked;
