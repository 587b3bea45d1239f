package dev.farshore.capture.journal;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

class GroupCommitTest {
    private static final int CALLERS = 4;
    private static final int CALLS_EACH = 2000;

    private final List<Runnable> queued = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private final AtomicInteger forces = new AtomicInteger();

    @Test
    void shouldAnswerAllThatWaitWithOneForce() {
        GroupCommit commit = new GroupCommit(forces::incrementAndGet, queued::add);
        for (int i = 0; i < 5; i++) {
            commit.whenStable(waiter("w" + i));
        }
        assertThat(queued).hasSize(1);
        queued.removeFirst().run();
        assertThat(forces.get()).isEqualTo(1);
        assertThat(answers).containsExactly("w0 ok", "w1 ok", "w2 ok", "w3 ok", "w4 ok");
        assertThat(queued).isEmpty();
    }

    @Test
    void shouldAnswerWhoComesDuringAForceByTheNext() {
        GroupCommit[] commit = new GroupCommit[1];
        commit[0] =
                new GroupCommit(
                        () -> {
                            if (forces.incrementAndGet() == 1) {
                                commit[0].whenStable(waiter("late"));
                            }
                        },
                        queued::add);
        commit[0].whenStable(waiter("early"));
        queued.removeFirst().run();
        assertThat(answers).containsExactly("early ok");
        queued.removeFirst().run();
        assertThat(answers).containsExactly("early ok", "late ok");
        assertThat(forces.get()).isEqualTo(2);
    }

    @Test
    void shouldTellAllWaitersWhatWentWrongAndGoOn() {
        GroupCommit commit =
                new GroupCommit(
                        () -> {
                            if (forces.incrementAndGet() == 1) {
                                throw new IOException("disk is gone");
                            }
                        },
                        queued::add);
        commit.whenStable(waiter("a"));
        commit.whenStable(
                error -> {
                    throw new IllegalStateException("a waiter that fails");
                });
        commit.whenStable(waiter("b"));
        queued.removeFirst().run();
        commit.whenStable(waiter("c"));
        queued.removeFirst().run();
        assertThat(answers).containsExactly("a disk is gone", "b disk is gone", "c ok");
    }

    @Test
    void shouldTellWaitersWhenItIsStopped() {
        GroupCommit commit =
                new GroupCommit(
                        forces::incrementAndGet,
                        task -> {
                            throw new RejectedExecutionException();
                        });
        commit.whenStable(waiter("a"));
        commit.whenStable(waiter("b"));
        assertThat(answers).hasSize(2).allMatch(answer -> answer.contains("stopped"));
    }

    @Test
    void shouldAnswerEveryCallerOnceByAForceBegunAfterItsWrite() throws Exception {
        AtomicLong written = new AtomicLong();
        AtomicLong stable = new AtomicLong();
        AtomicInteger early = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(CALLERS * CALLS_EACH);
        try (ExecutorService executor = Executors.newSingleThreadExecutor();
                ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            GroupCommit commit =
                    new GroupCommit(
                            () -> {
                                forces.incrementAndGet();
                                stable.set(written.get());
                            },
                            executor);
            for (int i = 0; i < CALLERS; i++) {
                callers.submit(
                        () -> {
                            for (int call = 0; call < CALLS_EACH; call++) {
                                long mine = written.incrementAndGet();
                                commit.whenStable(
                                        error -> {
                                            if (stable.get() < mine) {
                                                early.incrementAndGet();
                                            }
                                            answered.countDown();
                                        });
                                if (ThreadLocalRandom.current().nextInt(8) == 0) {
                                    Thread.yield();
                                }
                            }
                        });
            }
            assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(early.get()).isZero();
        assertThat(forces.get()).isLessThan(CALLERS * CALLS_EACH);
    }

    private GroupCommit.Waiter waiter(String name) {
        return (@Nullable IOException error) ->
                answers.add(name + " " + (error == null ? "ok" : error.getMessage()));
    }
}
