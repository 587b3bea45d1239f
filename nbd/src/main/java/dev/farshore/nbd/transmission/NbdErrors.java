package dev.farshore.nbd.transmission;

import dev.farshore.nbd.DeviceException;
import dev.farshore.nbd.NbdProtocol;

/** What a device's failure is called on the wire. */
final class NbdErrors {
    private NbdErrors() {}

    static int of(Throwable failure) {
        return switch (failure) {
            case DeviceException device ->
                    switch (device.kind()) {
                        case READ_ONLY -> NbdProtocol.EPERM;
                        case NO_SPACE -> NbdProtocol.ENOSPC;
                        case SHUTTING_DOWN -> NbdProtocol.ESHUTDOWN;
                        case NOT_SUPPORTED -> NbdProtocol.ENOTSUP;
                    };
            default -> NbdProtocol.EIO;
        };
    }

    static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
