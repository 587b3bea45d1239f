package dev.farshore.nbd.socket;

import java.io.IOException;

/** The client broke the protocol in a way that leaves nothing but to hang up. */
public final class ProtocolViolationException extends IOException {
    private static final long serialVersionUID = 1L;

    public ProtocolViolationException(String whatTheClientDid) {
        super(whatTheClientDid);
    }
}
