/** What the coordinator's REST API answers, one record each; its clients use them, too. */
@NullMarked
package dev.farshore.coordinator.api.report;

import org.jspecify.annotations.NullMarked;
