/** How far each site's images are behind the log, in events, bytes and time. */
@NullMarked
package dev.farshore.coordinator.lag;

import org.jspecify.annotations.NullMarked;
