/** Two sites, a coordinator, a broker and a registry on one machine: where the demo plays. */
@NullMarked
package dev.farshore.cli.stage;

import org.jspecify.annotations.NullMarked;
