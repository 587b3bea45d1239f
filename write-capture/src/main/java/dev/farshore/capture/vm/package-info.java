/** What the volumes of one VM share: a counter over all their events, and a limit on writes. */
@NullMarked
package dev.farshore.capture.vm;

import org.jspecify.annotations.NullMarked;
