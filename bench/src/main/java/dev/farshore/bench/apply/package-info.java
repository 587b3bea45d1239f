/** {@code farshore bench apply}: how fast a site takes a backlog of the log into its images. */
@NullMarked
package dev.farshore.bench.apply;

import org.jspecify.annotations.NullMarked;
