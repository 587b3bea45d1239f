package dev.farshore.nbd.client;

import dev.farshore.nbd.NbdProtocol;

import java.io.IOException;

/** The server answered a request with an error; the connection goes on. */
public final class NbdErrorException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int error;

    /**
     * @param error one of the protocol's error numbers
     */
    public NbdErrorException(String request, int error) {
        super("%s failed: the server answered %s".formatted(request, name(error)));
        this.error = error;
    }

    public int error() {
        return error;
    }

    private static String name(int error) {
        return switch (error) {
            case NbdProtocol.EPERM -> "EPERM (not permitted)";
            case NbdProtocol.EIO -> "EIO (input/output error)";
            case NbdProtocol.ENOMEM -> "ENOMEM (out of memory)";
            case NbdProtocol.EINVAL -> "EINVAL (invalid request)";
            case NbdProtocol.ENOSPC -> "ENOSPC (no space)";
            case NbdProtocol.EOVERFLOW -> "EOVERFLOW (too large)";
            case NbdProtocol.ENOTSUP -> "ENOTSUP (not supported)";
            case NbdProtocol.ESHUTDOWN -> "ESHUTDOWN (shutting down)";
            default -> "error " + error;
        };
    }
}
