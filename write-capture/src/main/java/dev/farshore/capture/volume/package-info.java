/** A volume at its owner: order, epoch, journal and reads come together here. */
@NullMarked
package dev.farshore.capture.volume;

import org.jspecify.annotations.NullMarked;
