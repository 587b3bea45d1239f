/**
 * How a seed is made: puts a volume's content into the log while it is written. For a disk to
 * import, and for images that can't be made from the log any more. When: {@code
 * dev.farshore.capture.seed.control}.
 */
@NullMarked
package dev.farshore.capture.seed;

import org.jspecify.annotations.NullMarked;
