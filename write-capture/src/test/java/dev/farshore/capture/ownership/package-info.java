/** Tests of the package of the same name. */
@NullMarked
package dev.farshore.capture.ownership;

import org.jspecify.annotations.NullMarked;
