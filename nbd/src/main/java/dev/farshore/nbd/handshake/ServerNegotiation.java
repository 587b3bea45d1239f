package dev.farshore.nbd.handshake;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.TlsPolicy;
import dev.farshore.nbd.socket.ClientSocket;
import dev.farshore.nbd.socket.Inbound;
import dev.farshore.nbd.socket.ProtocolViolationException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

import javax.net.ssl.SSLException;

/**
 * The first phase of a connection: fixed newstyle negotiation, up to the export to be served.
 *
 * <p>Threading: the connection's reader.
 */
public final class ServerNegotiation {
    private static final Logger log = LoggerFactory.getLogger(ServerNegotiation.class);

    private final OptionChannel options;
    private final OpenExport open;
    private final ContextSelection contexts;
    private final Exports exports;
    private final ClientSocket socket;
    private final Inbound inbound;
    private final NbdLimits limits;
    private final TlsPolicy tls;
    private final BooleanSupplier shuttingDown;
    private boolean fixedNewstyle;
    private boolean zeroesWanted;
    private ReplyStyle style = ReplyStyle.SIMPLE;

    /** What an option leads to. */
    private sealed interface Outcome {
        record GoOn() implements Outcome {}

        record End() implements Outcome {}

        record Agreed(Agreement agreement) implements Outcome {}
    }

    private static final Outcome GO_ON = new Outcome.GoOn();
    private static final Outcome END = new Outcome.End();

    public ServerNegotiation(
            Exports exports,
            Exports.Client client,
            ClientSocket socket,
            Inbound inbound,
            NbdLimits limits,
            TlsPolicy tls,
            BooleanSupplier shuttingDown) {
        this.options = new OptionChannel(socket, inbound, limits);
        this.open = new OpenExport(exports, client);
        this.contexts = new ContextSelection(options, open);
        this.exports = exports;
        this.socket = socket;
        this.inbound = inbound;
        this.limits = limits;
        this.tls = tls;
        this.shuttingDown = shuttingDown;
    }

    /**
     * @return what was agreed; null if the client has left
     * @throws ProtocolViolationException if the connection has to be closed at once
     */
    public @Nullable Agreement run() throws IOException {
        try {
            return negotiate();
        } finally {
            open.close();
        }
    }

    private @Nullable Agreement negotiate() throws IOException {
        options.greet();
        Integer clientFlags = options.readClientFlags();
        if (clientFlags == null) {
            return null;
        }
        if ((clientFlags & ~(FLAG_C_FIXED_NEWSTYLE | FLAG_C_NO_ZEROES)) != 0) {
            throw new ProtocolViolationException(
                    "client flags 0x" + Integer.toHexString(clientFlags));
        }
        fixedNewstyle = (clientFlags & FLAG_C_FIXED_NEWSTYLE) != 0;
        zeroesWanted = (clientFlags & FLAG_C_NO_ZEROES) == 0;
        while (true) {
            Option option = options.next();
            if (option == null) {
                return null;
            }
            switch (handle(option)) {
                case Outcome.GoOn goOn -> {}
                case Outcome.End end -> {
                    return null;
                }
                case Outcome.Agreed agreed -> {
                    return agreed.agreement();
                }
            }
        }
    }

    private Outcome handle(Option option) throws IOException {
        int number = option.number();
        if (shuttingDown.getAsBoolean() && number != OPT_ABORT) {
            if (number == OPT_EXPORT_NAME) {
                return END;
            }
            options.replyError(number, REP_ERR_SHUTDOWN, "the server is shutting down");
            return GO_ON;
        }
        if (tls instanceof TlsPolicy.Required
                && !socket.isSecured()
                && number != OPT_STARTTLS
                && number != OPT_ABORT) {
            if (number == OPT_EXPORT_NAME) {
                return END;
            }
            options.replyError(number, REP_ERR_TLS_REQD, "start TLS first");
            return GO_ON;
        }
        try {
            return switch (number) {
                case OPT_EXPORT_NAME -> exportName(option);
                case OPT_ABORT -> {
                    options.replyAck(number);
                    yield END;
                }
                case OPT_LIST -> list(option);
                case OPT_INFO, OPT_GO -> infoOrGo(option);
                case OPT_STARTTLS -> startTls(option);
                case OPT_STRUCTURED_REPLY, OPT_EXTENDED_HEADERS -> headers(option);
                case OPT_LIST_META_CONTEXT -> {
                    contexts.list(option);
                    yield GO_ON;
                }
                case OPT_SET_META_CONTEXT -> {
                    contexts.select(option, style);
                    yield GO_ON;
                }
                default -> {
                    options.replyError(number, REP_ERR_UNSUP, "option " + number + " is unknown");
                    yield GO_ON;
                }
            };
        } catch (Option.MalformedException e) {
            if (number == OPT_EXPORT_NAME) {
                throw new ProtocolViolationException(String.valueOf(e.getMessage()));
            }
            options.replyError(number, REP_ERR_INVALID, String.valueOf(e.getMessage()));
            return GO_ON;
        } catch (ExportUnavailableException e) {
            options.replyError(number, OpenExport.error(e), String.valueOf(e.getMessage()));
            return GO_ON;
        }
    }

    private Outcome exportName(Option option) throws IOException, Option.MalformedException {
        String name = option.restAsString();
        if (style == ReplyStyle.EXTENDED) {
            throw new ProtocolViolationException("EXPORT_NAME after EXTENDED_HEADERS");
        }
        BlockDevice device;
        try {
            device = open.device(name);
        } catch (ExportUnavailableException e) {
            // The option knows no error reply: the specification has the server hang up.
            log.atInfo()
                    .addKeyValue("client", socket.address())
                    .addKeyValue("export", name)
                    .addKeyValue("reason", e.getMessage())
                    .log("refused an export");
            return END;
        }
        ByteBuffer out = options.raw();
        out.putLong(device.sizeBytes()).putShort((short) flags(name, device));
        if (zeroesWanted) {
            out.put(new byte[EXPORT_NAME_ZEROES_BYTES]);
        }
        options.flush();
        return agreed(name, false);
    }

    private Outcome agreed(String name, boolean obeysBlockSizes) {
        return new Outcome.Agreed(
                new Agreement(name, open.take(), style, obeysBlockSizes, contexts.of(name)));
    }

    private int flags(String name, BlockDevice device) {
        return InfoReplies.flags(device, style, !contexts.of(name).isEmpty());
    }

    private Outcome list(Option option) throws IOException, Option.MalformedException {
        option.requireEnd();
        for (Exports.Description export : exports.list()) {
            byte[] name = OptionChannel.utf8(export.name());
            byte[] text = OptionChannel.utf8(export.text());
            options.startReply(OPT_LIST, REP_SERVER, Integer.BYTES + name.length + text.length)
                    .putInt(name.length)
                    .put(name)
                    .put(text);
        }
        options.replyAck(OPT_LIST);
        return GO_ON;
    }

    private Outcome infoOrGo(Option option)
            throws IOException, Option.MalformedException, ExportUnavailableException {
        String name = option.string();
        int count = option.unsignedShort();
        boolean nameWanted = false;
        boolean descriptionWanted = false;
        boolean blockSizesWanted = false;
        for (int i = 0; i < count; i++) {
            switch (option.unsignedShort()) {
                case INFO_NAME -> nameWanted = true;
                case INFO_DESCRIPTION -> descriptionWanted = true;
                case INFO_BLOCK_SIZE -> blockSizesWanted = true;
                default -> {}
            }
        }
        option.requireEnd();
        BlockDevice device = open.device(name);
        InfoReplies info = new InfoReplies(options, option.number());
        info.sendExport(device, flags(name, device));
        info.sendBlockSize(limits.maxPayloadBytes());
        if (nameWanted) {
            info.sendText(INFO_NAME, name);
        }
        if (descriptionWanted) {
            info.sendText(INFO_DESCRIPTION, description(name));
        }
        options.replyAck(option.number());
        return option.number() == OPT_GO ? agreed(name, blockSizesWanted) : GO_ON;
    }

    private String description(String name) {
        return exports.list().stream()
                .filter(export -> export.name().equals(name))
                .map(Exports.Description::text)
                .findFirst()
                .orElse("");
    }

    private Outcome headers(Option option) throws IOException, Option.MalformedException {
        option.requireEnd();
        boolean extended = option.number() == OPT_EXTENDED_HEADERS;
        if (style == ReplyStyle.EXTENDED) {
            // Extended headers include structured replies, and can't be taken back.
            options.replyError(
                    option.number(),
                    extended ? REP_ERR_INVALID : REP_ERR_EXT_HEADER_REQD,
                    "extended headers have been agreed on");
            return GO_ON;
        }
        style = extended ? ReplyStyle.EXTENDED : ReplyStyle.STRUCTURED;
        options.replyAck(option.number());
        return GO_ON;
    }

    private Outcome startTls(Option option) throws IOException, Option.MalformedException {
        option.requireEnd();
        TlsPolicy.Credentials credentials = tls.credentialsIfAny();
        if (credentials == null || !fixedNewstyle) {
            options.replyError(option.number(), REP_ERR_POLICY, "there is no TLS here");
            return GO_ON;
        }
        if (socket.isSecured()) {
            options.replyError(option.number(), REP_ERR_INVALID, "TLS has been started");
            return GO_ON;
        }
        if (inbound.bufferedBytes() > 0) {
            // What was sent in the clear must not be taken for something said under TLS.
            throw new ProtocolViolationException("data in the clear behind STARTTLS");
        }
        options.replyAck(option.number());
        try {
            socket.startTls(credentials);
        } catch (SSLException e) {
            throw new ProtocolViolationException("no TLS session: " + e.getMessage());
        }
        style = ReplyStyle.SIMPLE;
        contexts.clear();
        open.close();
        return GO_ON;
    }
}
