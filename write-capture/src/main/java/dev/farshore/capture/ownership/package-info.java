/**
 * Who may write a volume: the states of a volume at this node, and the steps between them, from its
 * arrival to its departure.
 */
@NullMarked
package dev.farshore.capture.ownership;

import org.jspecify.annotations.NullMarked;
