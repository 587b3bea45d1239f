/** The {@code farshore} command: its subcommands, what they share, and how they end. */
@NullMarked
package dev.farshore.cli;

import org.jspecify.annotations.NullMarked;
