package dev.farshore.nbd.server;

import com.sun.management.UnixOperatingSystemMXBean;

import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/**
 * The file descriptors that this process may still open. Connections of block clients leave some
 * alone: without any the node can't open a journal or an image, talk to Kafka, or say over HTTP how
 * it is.
 *
 * @param free how many there are
 */
record FileDescriptors(LongSupplier free) {
    /** What is left to the rest of the node. */
    static final int RESERVED = 64;

    /** Of this process; of no end where the system does not tell. */
    static FileDescriptors ofThisProcess() {
        return new FileDescriptors(
                () ->
                        ManagementFactory.getOperatingSystemMXBean()
                                        instanceof UnixOperatingSystemMXBean system
                                ? system.getMaxFileDescriptorCount()
                                        - system.getOpenFileDescriptorCount()
                                : Long.MAX_VALUE);
    }

    boolean areScarce() {
        return free.getAsLong() < RESERVED;
    }
}
