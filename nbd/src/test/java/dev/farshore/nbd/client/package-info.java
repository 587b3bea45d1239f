/** The client against real servers. */
@NullMarked
package dev.farshore.nbd.client;

import org.jspecify.annotations.NullMarked;
