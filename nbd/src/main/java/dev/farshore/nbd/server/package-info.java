/** The server: listeners, connections from accept to close, and all threads. */
@NullMarked
package dev.farshore.nbd.server;

import org.jspecify.annotations.NullMarked;
