/**
 * Takes the clients' changes to a volume: gives each its place in the journal, and answers it when
 * what was promised holds.
 */
@NullMarked
package dev.farshore.capture.change;

import org.jspecify.annotations.NullMarked;
