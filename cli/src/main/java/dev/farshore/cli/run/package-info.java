/** The subcommands that run something: a node, a coordinator, Kafka, the demo, a benchmark. */
@NullMarked
package dev.farshore.cli.run;

import org.jspecify.annotations.NullMarked;
