/** What it takes to scrape the metrics of a node with many volumes. */
@NullMarked
package dev.farshore.bench.scrape;

import org.jspecify.annotations.NullMarked;
