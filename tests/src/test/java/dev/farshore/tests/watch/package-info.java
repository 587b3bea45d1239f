/** What Prometheus makes of the metrics: the alerts, and that they fire. */
@NullMarked
package dev.farshore.tests.watch;

import org.jspecify.annotations.NullMarked;
