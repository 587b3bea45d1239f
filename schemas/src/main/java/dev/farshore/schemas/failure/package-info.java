/** What went wrong, in words for people. */
@NullMarked
package dev.farshore.schemas.failure;

import org.jspecify.annotations.NullMarked;
