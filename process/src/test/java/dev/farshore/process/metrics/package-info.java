@NullMarked
package dev.farshore.process.metrics;

import org.jspecify.annotations.NullMarked;
