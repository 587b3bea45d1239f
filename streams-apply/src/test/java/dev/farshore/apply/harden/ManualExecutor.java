package dev.farshore.apply.harden;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs what it is given when it is told to: a disk whose speed the test decides. */
public final class ManualExecutor extends AbstractExecutorService {
    private final List<Runnable> waiting = new ArrayList<>();
    private final Random random;
    private boolean isDirect;

    public ManualExecutor(Random random) {
        this.random = random;
    }

    @Override
    public synchronized void execute(Runnable task) {
        if (isDirect) {
            task.run();
        } else {
            waiting.add(task);
        }
    }

    /** Any of those waiting: many threads keep no order. */
    public synchronized void runOne() {
        if (!waiting.isEmpty()) {
            waiting.remove(random.nextInt(waiting.size())).run();
        }
    }

    /** What is waiting is run now, and what comes at once. */
    public synchronized void runAllFromNowOn() {
        isDirect = true;
        while (!waiting.isEmpty()) {
            runOne();
        }
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }
}
