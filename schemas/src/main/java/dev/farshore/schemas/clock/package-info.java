/** How far the clocks of nodes and coordinator are apart: measured through Kafka. */
@NullMarked
package dev.farshore.schemas.clock;

import org.jspecify.annotations.NullMarked;
