@NullMarked
package dev.farshore.schemas.topic;

import org.jspecify.annotations.NullMarked;
