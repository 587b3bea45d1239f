/** How the server takes in clients. */
@NullMarked
package dev.farshore.nbd.server;

import org.jspecify.annotations.NullMarked;
