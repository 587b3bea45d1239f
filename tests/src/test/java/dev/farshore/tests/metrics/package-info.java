/** What processes tell Prometheus, against what the documentation says. */
@NullMarked
package dev.farshore.tests.metrics;

import org.jspecify.annotations.NullMarked;
