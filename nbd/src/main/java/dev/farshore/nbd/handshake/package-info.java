/** Negotiation: from the greeting to the export both sides have agreed on. */
@NullMarked
package dev.farshore.nbd.handshake;

import org.jspecify.annotations.NullMarked;
