package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.RequestObserver;
import dev.farshore.nbd.RequestObserver.Operation;

/** Tells a device's observer of its requests. Threading: any thread. */
final class Observation {
    private final RequestObserver observer;

    Observation(RequestObserver observer) {
        this.observer = observer;
    }

    /** A request is done or refused; one that is streamed is told of when it was sent. */
    void done(Request request) {
        if (!request.isStreamed || request.error() != OK) {
            tell(request);
        }
    }

    /** A streamed read has been sent. */
    void streamed(Request request) {
        tell(request);
    }

    private void tell(Request request) {
        switch (request.command) {
            case CMD_READ -> tell(request, Operation.READ);
            case CMD_WRITE -> tell(request, Operation.WRITE);
            case CMD_FLUSH -> tell(request, Operation.FLUSH);
            case CMD_TRIM -> tell(request, Operation.TRIM);
            case CMD_WRITE_ZEROES -> tell(request, Operation.ZERO);
            default -> {
                // No guest waits for the others.
            }
        }
    }

    private void tell(Request request, Operation operation) {
        switch (request.error()) {
            case OK -> observer.answered(operation, request.ageNanos());
            case ESHUTDOWN -> {
                // The client is disconnected and comes again: its guest hears nothing of it.
            }
            default -> observer.failed(operation);
        }
    }
}
