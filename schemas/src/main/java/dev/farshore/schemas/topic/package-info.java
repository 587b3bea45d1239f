/** The topics: their names, settings and how they are read. */
@NullMarked
package dev.farshore.schemas.topic;

import org.jspecify.annotations.NullMarked;
