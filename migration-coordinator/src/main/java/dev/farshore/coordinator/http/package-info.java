/** The coordinator's REST API and its page for people. */
@NullMarked
package dev.farshore.coordinator.http;

import org.jspecify.annotations.NullMarked;
