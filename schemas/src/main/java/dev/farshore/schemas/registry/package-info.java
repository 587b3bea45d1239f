/**
 * The schema registry: registering what this build writes, finding what other builds wrote, and the
 * Kafka serdes on top of it.
 */
@NullMarked
package dev.farshore.schemas.registry;

import org.jspecify.annotations.NullMarked;
