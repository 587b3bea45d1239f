package dev.farshore.nbd.handshake;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.BlockDevice;

import java.io.IOException;

/** The INFO replies to INFO and GO: what the client is told of an export before the final ACK. */
final class InfoReplies {
    private static final int PREFERRED_BLOCK_BYTES = 4096;

    private final OptionChannel options;
    private final int option;

    InfoReplies(OptionChannel options, int option) {
        this.options = options;
        this.option = option;
    }

    /** The transmission flags. */
    static int flags(BlockDevice device, ReplyStyle style, boolean hasContexts) {
        int flags = FLAG_HAS_FLAGS | FLAG_SEND_FLUSH | FLAG_SEND_FUA | FLAG_CAN_MULTI_CONN;
        flags |= FLAG_SEND_CACHE;
        flags |=
                device.isReadOnly()
                        ? FLAG_READ_ONLY
                        : FLAG_SEND_TRIM | FLAG_SEND_WRITE_ZEROES | FLAG_SEND_FAST_ZERO;
        if (style != ReplyStyle.SIMPLE) {
            flags |= FLAG_SEND_DF;
        }
        if (style == ReplyStyle.EXTENDED && hasContexts) {
            flags |= FLAG_BLOCK_STATUS_PAYLOAD;
        }
        return flags;
    }

    void sendExport(BlockDevice device, int flags) throws IOException {
        options.startReply(option, REP_INFO, Short.BYTES + INFO_EXPORT_BYTES)
                .putShort((short) INFO_EXPORT)
                .putLong(device.sizeBytes())
                .putShort((short) flags);
    }

    void sendBlockSize(int maxPayloadBytes) throws IOException {
        options.startReply(option, REP_INFO, Short.BYTES + INFO_BLOCK_SIZE_BYTES)
                .putShort((short) INFO_BLOCK_SIZE)
                .putInt(BlockDevice.BLOCK_BYTES)
                .putInt(PREFERRED_BLOCK_BYTES)
                .putInt(maxPayloadBytes);
    }

    void sendText(int info, String text) throws IOException {
        byte[] bytes = OptionChannel.utf8(text);
        options.startReply(option, REP_INFO, Short.BYTES + bytes.length)
                .putShort((short) info)
                .put(bytes);
    }
}
