package dev.farshore.nbd;

/**
 * Every number of the wire protocol, under the name the NBD specification gives it (without its
 * {@code NBD_}). Everything is sent in network byte order; lengths are in bytes. Metadata contexts
 * and their flags are what a device says of itself, and passed on as they are: {@link
 * BlockStatusSource}.
 *
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md">The NBD
 *     protocol</a>
 */
public final class NbdProtocol {
    // Handshake: what the server says first, and what introduces options and their replies.
    public static final long INIT_PASSWD_MAGIC = 0x4e42444d41474943L;
    public static final long OPTION_MAGIC = 0x49484156454F5054L;
    public static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;

    /** Magic, magic, handshake flags. */
    public static final int GREETING_BYTES = 18;

    public static final int CLIENT_FLAGS_BYTES = 4;

    /** Magic, option, length. */
    public static final int OPTION_HEADER_BYTES = 16;

    /** Magic, option, reply type, length. */
    public static final int OPTION_REPLY_HEADER_BYTES = 20;

    /** Reserved zeroes at the end of the reply to EXPORT_NAME, unless NO_ZEROES was agreed. */
    public static final int EXPORT_NAME_ZEROES_BYTES = 124;

    /** Longest string the protocol allows: names, descriptions, error texts. */
    public static final int MAX_STRING_BYTES = 4096;

    /** Longest range of a request, but for what extended headers allow without payload. */
    public static final long MAX_LENGTH_BYTES = 0xFFFF_FFFFL;

    // Handshake flags (server), client flags.
    public static final int FLAG_FIXED_NEWSTYLE = 1;
    public static final int FLAG_NO_ZEROES = 1 << 1;
    public static final int FLAG_C_FIXED_NEWSTYLE = 1;
    public static final int FLAG_C_NO_ZEROES = 1 << 1;

    // Options.
    public static final int OPT_EXPORT_NAME = 1;
    public static final int OPT_ABORT = 2;
    public static final int OPT_LIST = 3;
    public static final int OPT_PEEK_EXPORT = 4;
    public static final int OPT_STARTTLS = 5;
    public static final int OPT_INFO = 6;
    public static final int OPT_GO = 7;
    public static final int OPT_STRUCTURED_REPLY = 8;
    public static final int OPT_LIST_META_CONTEXT = 9;
    public static final int OPT_SET_META_CONTEXT = 10;
    public static final int OPT_EXTENDED_HEADERS = 11;

    // Replies to options.
    public static final int REP_ACK = 1;
    public static final int REP_SERVER = 2;
    public static final int REP_INFO = 3;
    public static final int REP_META_CONTEXT = 4;
    private static final int REP_ERR = 1 << 31;
    public static final int REP_ERR_UNSUP = REP_ERR | 1;
    public static final int REP_ERR_POLICY = REP_ERR | 2;
    public static final int REP_ERR_INVALID = REP_ERR | 3;
    public static final int REP_ERR_PLATFORM = REP_ERR | 4;
    public static final int REP_ERR_TLS_REQD = REP_ERR | 5;
    public static final int REP_ERR_UNKNOWN = REP_ERR | 6;
    public static final int REP_ERR_SHUTDOWN = REP_ERR | 7;
    public static final int REP_ERR_BLOCK_SIZE_REQD = REP_ERR | 8;
    public static final int REP_ERR_TOO_BIG = REP_ERR | 9;
    public static final int REP_ERR_EXT_HEADER_REQD = REP_ERR | 10;

    // Items of INFO and GO.
    public static final int INFO_EXPORT = 0;
    public static final int INFO_NAME = 1;
    public static final int INFO_DESCRIPTION = 2;
    public static final int INFO_BLOCK_SIZE = 3;

    /** What follows the item's type: size, transmission flags. */
    public static final int INFO_EXPORT_BYTES = 10;

    /** What follows the item's type: minimum, preferred, maximum. */
    public static final int INFO_BLOCK_SIZE_BYTES = 12;

    // Transmission flags of an export.
    public static final int FLAG_HAS_FLAGS = 1;
    public static final int FLAG_READ_ONLY = 1 << 1;
    public static final int FLAG_SEND_FLUSH = 1 << 2;
    public static final int FLAG_SEND_FUA = 1 << 3;
    public static final int FLAG_ROTATIONAL = 1 << 4;
    public static final int FLAG_SEND_TRIM = 1 << 5;
    public static final int FLAG_SEND_WRITE_ZEROES = 1 << 6;
    public static final int FLAG_SEND_DF = 1 << 7;
    public static final int FLAG_CAN_MULTI_CONN = 1 << 8;
    public static final int FLAG_SEND_RESIZE = 1 << 9;
    public static final int FLAG_SEND_CACHE = 1 << 10;
    public static final int FLAG_SEND_FAST_ZERO = 1 << 11;
    public static final int FLAG_BLOCK_STATUS_PAYLOAD = 1 << 12;

    // Requests.
    public static final int REQUEST_MAGIC = 0x25609513;
    public static final int EXTENDED_REQUEST_MAGIC = 0x21e41c71;

    /** Magic, flags, type, cookie, offset, length. */
    public static final int REQUEST_BYTES = 28;

    /** The same with a length of 64 bits. */
    public static final int EXTENDED_REQUEST_BYTES = 32;

    public static final int CMD_READ = 0;
    public static final int CMD_WRITE = 1;
    public static final int CMD_DISC = 2;
    public static final int CMD_FLUSH = 3;
    public static final int CMD_TRIM = 4;
    public static final int CMD_CACHE = 5;
    public static final int CMD_WRITE_ZEROES = 6;
    public static final int CMD_BLOCK_STATUS = 7;
    public static final int CMD_RESIZE = 8;

    public static final int CMD_FLAG_FUA = 1;
    public static final int CMD_FLAG_NO_HOLE = 1 << 1;
    public static final int CMD_FLAG_DF = 1 << 2;
    public static final int CMD_FLAG_REQ_ONE = 1 << 3;
    public static final int CMD_FLAG_FAST_ZERO = 1 << 4;
    public static final int CMD_FLAG_PAYLOAD_LEN = 1 << 5;

    // Replies.
    public static final int SIMPLE_REPLY_MAGIC = 0x67446698;
    public static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;
    public static final int EXTENDED_REPLY_MAGIC = 0x6e8a278c;

    /** Magic, error, cookie. */
    public static final int SIMPLE_REPLY_BYTES = 16;

    /** Magic, flags, type, cookie, length. */
    public static final int STRUCTURED_REPLY_BYTES = 20;

    /** Magic, flags, type, cookie, offset, length of 64 bits. */
    public static final int EXTENDED_REPLY_BYTES = 32;

    public static final int REPLY_FLAG_DONE = 1;

    public static final int REPLY_TYPE_NONE = 0;

    /** Offset, data. */
    public static final int REPLY_TYPE_OFFSET_DATA = 1;

    /** Offset, size of 32 bits. */
    public static final int REPLY_TYPE_OFFSET_HOLE = 2;

    /** Context id, then extents of {length, flags}, 32 bits each. */
    public static final int REPLY_TYPE_BLOCK_STATUS = 5;

    /** Context id, number of extents, then extents of {length, flags}, 64 bits each. */
    public static final int REPLY_TYPE_BLOCK_STATUS_EXT = 6;

    /** Error, length of text (16 bits), text. */
    public static final int REPLY_TYPE_ERROR = (1 << 15) | 1;

    /** The same followed by the offset. */
    public static final int REPLY_TYPE_ERROR_OFFSET = (1 << 15) | 2;

    // Errors: the numbers of Linux, whatever the system.
    public static final int OK = 0;
    public static final int EPERM = 1;
    public static final int EIO = 5;
    public static final int ENOMEM = 12;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EOVERFLOW = 75;
    public static final int ENOTSUP = 95;
    public static final int ESHUTDOWN = 108;

    /** IANA's port for NBD. */
    public static final int DEFAULT_PORT = 10809;

    private NbdProtocol() {}
}
