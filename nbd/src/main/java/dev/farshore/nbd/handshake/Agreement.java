package dev.farshore.nbd.handshake;

import dev.farshore.nbd.BlockDevice;

import java.util.List;

/**
 * What a negotiation has led to.
 *
 * @param export the export's name
 * @param device the client's handle on it, from here on the transmission's to close
 * @param obeysBlockSizes whether the client asked for the block sizes, and so has to abide by them;
 *     else it may ask for any range of bytes
 * @param contexts the metadata contexts selected; the id of each is its index
 */
public record Agreement(
        String export,
        BlockDevice device,
        ReplyStyle style,
        boolean obeysBlockSizes,
        List<String> contexts) {}
