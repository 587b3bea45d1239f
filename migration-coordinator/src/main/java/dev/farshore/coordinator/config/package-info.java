/** The configuration file of a coordinator. */
@NullMarked
package dev.farshore.coordinator.config;

import org.jspecify.annotations.NullMarked;
