/** The client against real servers. */
@NullMarked
package dev.farshore.cli.client;

import org.jspecify.annotations.NullMarked;
