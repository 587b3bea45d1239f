/** Tests of the package of the same name. */
@NullMarked
package dev.farshore.capture.volume;

import org.jspecify.annotations.NullMarked;
