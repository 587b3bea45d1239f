/** What the coordinator's REST API is asked, one record each; its clients use them, too. */
@NullMarked
package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.NullMarked;
