@NullMarked
package dev.farshore.process.start;

import org.jspecify.annotations.NullMarked;
