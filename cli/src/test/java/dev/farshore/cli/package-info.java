/** The command line, and how it tells what went wrong. */
@NullMarked
package dev.farshore.cli;

import org.jspecify.annotations.NullMarked;
