/** How the server takes in clients. */
@NullMarked
package dev.farshore.capture.nbd.server;

import org.jspecify.annotations.NullMarked;
