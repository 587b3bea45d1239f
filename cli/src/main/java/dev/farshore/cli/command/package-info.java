/** The subcommands that ask a coordinator, over its REST API. */
@NullMarked
package dev.farshore.cli.command;

import org.jspecify.annotations.NullMarked;
