@org.jspecify.annotations.NullMarked
package dev.farshore.capture.seed;
