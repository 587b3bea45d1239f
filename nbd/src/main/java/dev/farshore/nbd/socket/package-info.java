/** A client's socket: bytes in and out, with deadlines, plain or under TLS. */
@NullMarked
package dev.farshore.nbd.socket;

import org.jspecify.annotations.NullMarked;
