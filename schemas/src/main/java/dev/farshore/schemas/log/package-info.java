/**
 * The log's events and its rules: which event of a volume counts ({@code OneWriter}, {@code
 * NoGap}).
 */
@NullMarked
package dev.farshore.schemas.log;

import org.jspecify.annotations.NullMarked;
