/** Reads at the owner: the newest data of a range, from the journal and the image together. */
@NullMarked
package dev.farshore.capture.read;

import org.jspecify.annotations.NullMarked;
