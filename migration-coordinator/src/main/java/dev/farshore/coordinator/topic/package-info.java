/** The coordinator's side of the topics: following them, and writing what others act on. */
@NullMarked
package dev.farshore.coordinator.topic;

import org.jspecify.annotations.NullMarked;
