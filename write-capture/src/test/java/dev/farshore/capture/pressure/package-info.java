/** Tests of what makes writes wait. */
@NullMarked
package dev.farshore.capture.pressure;

import org.jspecify.annotations.NullMarked;
