/** Tests of the package of the same name. */
@NullMarked
package dev.farshore.capture.publish;

import org.jspecify.annotations.NullMarked;
