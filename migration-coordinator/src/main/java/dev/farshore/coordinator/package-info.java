/**
 * The coordinator: writes what should be into the topics, follows what is, and serves both over
 * HTTP. {@link dev.farshore.coordinator.Coordinator} puts its parts together.
 */
@NullMarked
package dev.farshore.coordinator;

import org.jspecify.annotations.NullMarked;
