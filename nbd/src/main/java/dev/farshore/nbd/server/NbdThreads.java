package dev.farshore.nbd.server;

import java.util.concurrent.Executor;

/** Every thread of a server is made here. All are virtual. */
final class NbdThreads implements Executor {
    private final Thread.Builder.OfVirtual reads = Thread.ofVirtual().name("nbd-read");

    Thread start(String name, Runnable task) {
        return Thread.ofPlatform().daemon().name(name).start(task);
    }

    /** Runs a read of a device. */
    @Override
    public void execute(Runnable read) {
        reads.start(read);
    }
}
