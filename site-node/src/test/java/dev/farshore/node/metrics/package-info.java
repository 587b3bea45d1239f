@NullMarked
package dev.farshore.node.metrics;

import org.jspecify.annotations.NullMarked;
