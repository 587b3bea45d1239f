/**
 * A real Kafka broker and a real schema registry for demo, development and tests: each a process of
 * its own, which ends with the process that started it.
 */
@NullMarked
package dev.farshore.testkit.embedded;

import org.jspecify.annotations.NullMarked;
