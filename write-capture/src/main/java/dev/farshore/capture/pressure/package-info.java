/** What makes a volume's writes wait: a limit set for its VM, or a full journal. */
@NullMarked
package dev.farshore.capture.pressure;

import org.jspecify.annotations.NullMarked;
