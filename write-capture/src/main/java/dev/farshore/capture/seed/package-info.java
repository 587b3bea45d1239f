/**
 * Seeds: a volume's content brought into the log while it is written. For a disk that the log does
 * not have, and for images that can't be made from the log any more.
 */
@NullMarked
package dev.farshore.capture.seed;

import org.jspecify.annotations.NullMarked;
