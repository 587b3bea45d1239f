package dev.farshore.capture.nbd.handshake;

import dev.farshore.capture.nbd.BlockDevice;

/**
 * What a negotiation has led to.
 *
 * @param export the export's name
 * @param device the client's handle on it, from here on the transmission's to close
 */
public record Agreement(String export, BlockDevice device, ReplyStyle style) {}
