/** The NBD server: negotiation, transmission, and the devices it serves. */
@NullMarked
package dev.farshore.nbd;

import org.jspecify.annotations.NullMarked;
