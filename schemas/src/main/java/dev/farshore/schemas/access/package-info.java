/** What each kind of process may do in Kafka, how that is granted, and how its lack is told. */
@NullMarked
package dev.farshore.schemas.access;

import org.jspecify.annotations.NullMarked;
