@NullMarked
package dev.farshore.capture.read.latest;

import org.jspecify.annotations.NullMarked;
