/**
 * The bodies of the coordinator's REST API, one record each, shared by the coordinator and its
 * clients, and the one exception for a request that is refused.
 */
@NullMarked
package dev.farshore.coordinator.api;

import org.jspecify.annotations.NullMarked;
