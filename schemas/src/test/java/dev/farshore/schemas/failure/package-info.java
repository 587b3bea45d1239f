/** Words for what went wrong. */
@NullMarked
package dev.farshore.schemas.failure;

import org.jspecify.annotations.NullMarked;
