/**
 * What this site's images lack: the blocks whose newest event in the log is not hardened here, with
 * the place in the log where they are.
 */
@NullMarked
package dev.farshore.apply.index;

import org.jspecify.annotations.NullMarked;
