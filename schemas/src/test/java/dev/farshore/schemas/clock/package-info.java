@NullMarked
package dev.farshore.schemas.clock;

import org.jspecify.annotations.NullMarked;
