/** A site's Kafka Streams application as one node runs it. */
@NullMarked
package dev.farshore.apply.site;

import org.jspecify.annotations.NullMarked;
