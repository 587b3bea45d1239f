/**
 * A journal in use: all it takes to write a volume at this node, over any number of epochs, and how
 * a journal file is begun, continued or set aside.
 */
@NullMarked
package dev.farshore.capture.session;

import org.jspecify.annotations.NullMarked;
