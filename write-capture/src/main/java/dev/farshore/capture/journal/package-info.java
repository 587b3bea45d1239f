/**
 * The journal: what a volume has accepted and what is not yet everywhere it has to be. {@link
 * dev.farshore.capture.journal.Journal} is the way in; {@link dev.farshore.capture.journal.file}
 * has its bytes.
 */
@NullMarked
package dev.farshore.capture.journal;

import org.jspecify.annotations.NullMarked;
