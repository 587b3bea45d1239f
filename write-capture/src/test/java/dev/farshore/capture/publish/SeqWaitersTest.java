package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

class SeqWaitersTest {
    private final SeqWaiters waiters = new SeqWaiters(0);
    private final List<String> told = new ArrayList<>();

    @Test
    void shouldTellAllOthersWhenOneCompletionThrows() {
        waiters.await(1, error -> told.add("first"));
        waiters.await(
                2,
                error -> {
                    throw new IllegalStateException("its connection is gone");
                });
        waiters.await(3, error -> told.add("third"));

        waiters.reached(3);

        assertThat(told).containsExactly("first", "third");
    }

    @Test
    void shouldFailAllOthersWhenOneCompletionThrows() {
        waiters.await(
                1,
                error -> {
                    throw new IllegalStateException("its connection is gone");
                });
        waiters.await(2, error -> told.add(String.valueOf(error)));

        waiters.fail(new IOException("gone"));

        assertThat(told).containsExactly("java.io.IOException: gone");
    }
}
