/**
 * Capture in a process of its own, killed and stopped again and again, against a real broker: what
 * its clients were told must be there, and both topics complete.
 */
@NullMarked
package dev.farshore.tests.crash;

import org.jspecify.annotations.NullMarked;
