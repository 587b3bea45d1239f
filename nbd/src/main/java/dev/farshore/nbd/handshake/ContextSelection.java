package dev.farshore.nbd.handshake;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.ExportUnavailableException;

import java.io.IOException;
import java.util.List;

/**
 * Metadata contexts: lists them, and keeps those the client has selected. Threading: the
 * connection's reader.
 */
final class ContextSelection {
    /** Contexts one client may select: each costs a part of every BLOCK_STATUS reply. */
    private static final int MAX_CONTEXTS = 16;

    private final OptionChannel options;
    private final OpenExport open;
    private String export = "";
    private List<String> contexts = List.of();

    ContextSelection(OptionChannel options, OpenExport open) {
        this.options = options;
        this.open = open;
    }

    /** What is selected of that export: what was selected of another counts for nothing. */
    List<String> of(String wanted) {
        return wanted.equals(export) ? contexts : List.of();
    }

    void clear() {
        export = "";
        contexts = List.of();
    }

    /** Answers LIST_META_CONTEXT. */
    void list(Option option)
            throws IOException, Option.MalformedException, ExportUnavailableException {
        ContextQuery query = ContextQuery.parse(option);
        for (String name : query.list(available(query))) {
            reply(option, 0, name);
        }
        options.replyAck(option.number());
    }

    /** Answers SET_META_CONTEXT, which forgets what was selected before also where it fails. */
    void select(Option option, ReplyStyle style)
            throws IOException, Option.MalformedException, ExportUnavailableException {
        clear();
        ContextQuery query = ContextQuery.parse(option);
        if (style == ReplyStyle.SIMPLE) {
            options.replyError(
                    option.number(), REP_ERR_INVALID, "contexts need structured replies");
            return;
        }
        List<String> selected = query.select(available(query));
        if (selected.size() > MAX_CONTEXTS) {
            options.replyError(
                    option.number(),
                    REP_ERR_TOO_BIG,
                    "at most " + MAX_CONTEXTS + " contexts can be selected");
            return;
        }
        for (int id = 0; id < selected.size(); id++) {
            reply(option, id, selected.get(id));
        }
        export = query.export();
        contexts = selected;
        options.replyAck(option.number());
    }

    private List<String> available(ContextQuery query) throws ExportUnavailableException {
        return open.device(query.export()).blockStatus().contexts();
    }

    private void reply(Option option, int id, String context) throws IOException {
        byte[] name = OptionChannel.utf8(context);
        options.startReply(option.number(), REP_META_CONTEXT, Integer.BYTES + name.length)
                .putInt(id)
                .put(name);
    }
}
