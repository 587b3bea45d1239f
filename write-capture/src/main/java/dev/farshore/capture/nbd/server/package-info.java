/** The server: listeners, connections from accept to close, and all threads. */
@NullMarked
package dev.farshore.capture.nbd.server;

import org.jspecify.annotations.NullMarked;
