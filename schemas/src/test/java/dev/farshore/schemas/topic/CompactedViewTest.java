package dev.farshore.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.schemas.codec.MalformedRecordException;
import dev.farshore.schemas.codec.SchemaUnavailableException;

import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

class CompactedViewTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestTopic topic = new TestTopic(2);
    private final AtomicBoolean registryAnswers = new AtomicBoolean(true);
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final List<CompactedView<String>> opened = new ArrayList<>();

    private CompactedView<String> open() {
        return open(Succession.newest());
    }

    private CompactedView<String> open(Succession<String> succession) {
        CompactedView<String> view =
                new CompactedView<>(TestTopic.NAME, this::deserialize, topic, succession);
        opened.add(view);
        return view;
    }

    private String deserialize(String name, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.startsWith("broken")) {
            throw new MalformedRecordException(text);
        }
        if (text.startsWith("newer") && !registryAnswers.get()) {
            throw new SchemaUnavailableException("no answer");
        }
        return text;
    }

    private void listen(CompactedView<String> view) {
        view.listen((key, value) -> told.add(key + "=" + value));
    }

    private void awaitTold(String... changes) {
        await().atMost(SOON).untilAsserted(() -> assertThat(told).containsExactly(changes));
    }

    @AfterEach
    void closeView() {
        opened.forEach(CompactedView::close);
    }

    @Test
    void shouldLoadTheNewestValueOfEachKey() throws Exception {
        topic.put(0, "a", "1");
        topic.put(1, "b", "1");
        topic.put(0, "a", "2");
        topic.put(0, "gone", "1");
        topic.put(0, "gone", null);

        var view = open();
        view.awaitInitialLoad(SOON);

        assertThat(view.snapshot()).isEqualTo(Map.of("a", "2", "b", "1"));
        assertThat(view.get("a")).contains("2");
        assertThat(view.get("gone")).isEmpty();
    }

    @Test
    void shouldLoadAnEmptyTopic() throws Exception {
        var view = open();
        view.awaitInitialLoad(SOON);

        assertThat(view.snapshot()).isEmpty();
    }

    @Test
    void shouldTellListenersOfTheLoadedStateAndThenOfEachChangeInOrder() throws Exception {
        topic.put(0, "a", "old");
        topic.put(0, "a", "1");
        topic.put(1, "b", "1");
        var view = open();
        listen(view);
        awaitTold("a=1", "b=1");

        topic.put(0, "a", "2");
        topic.put(0, "a", "3");
        topic.put(0, "a", null);

        awaitTold("a=1", "b=1", "a=2", "a=3", "a=null");
        assertThat(view.get("a")).isEmpty();
    }

    @Test
    void shouldTellALateListenerOfWhatIsThereFirst() throws Exception {
        topic.put(0, "a", "1");
        var view = open();
        view.awaitInitialLoad(SOON);

        listen(view);

        awaitTold("a=1");
    }

    @Test
    void shouldGoOnAfterAListenerFailed() throws Exception {
        var view = open();
        view.listen(
                (key, value) -> {
                    throw new IllegalStateException("listener's own fault");
                });
        listen(view);
        view.awaitInitialLoad(SOON);

        topic.put(0, "a", "1");

        awaitTold("a=1");
    }

    @Test
    void shouldReadOnesOwnWrites() throws Exception {
        var view = open();
        view.awaitInitialLoad(SOON);
        topic.put(0, "a", "1");
        long offset = topic.put(0, "a", "2");

        view.awaitOffset(0, offset, SOON);

        assertThat(view.get("a")).contains("2");
    }

    @Test
    void shouldTellOnlyDifferencesWhenItHadToReadAnew() throws Exception {
        topic.put(0, "removed", "1");
        topic.put(0, "same", "1");
        topic.put(1, "changed", "1");
        var view = open();
        listen(view);
        awaitTold("changed=1", "removed=1", "same=1");
        told.clear();

        topic.forget("removed");
        topic.breakConsumer(new KafkaException("connection lost for good"));
        awaitTold("removed=null");
        topic.put(1, "changed", "2");

        awaitTold("removed=null", "changed=2");
        assertThat(topic.consumersMade()).isEqualTo(2);
        assertThat(view.snapshot()).isEqualTo(Map.of("same", "1", "changed", "2"));
    }

    @Test
    void shouldWaitForATopicThatIsNotThereYet() throws Exception {
        topic.exists(false);
        var view = open();
        assertThatThrownBy(() -> view.awaitInitialLoad(Duration.ofMillis(300)))
                .isInstanceOf(ViewBehindException.class)
                .hasMessageContaining("topic topic: not read to its end after 300 ms")
                .hasMessageContaining("there is no topic topic yet");

        topic.exists(true);

        view.awaitInitialLoad(SOON);
    }

    @Test
    void shouldKeepTheValueBeforeARecordThatCannotBeRead() throws Exception {
        topic.put(0, "a", "1");
        var view = open();
        listen(view);
        awaitTold("a=1");

        topic.put(0, "a", "broken");
        topic.put(0, "b", "1");

        awaitTold("a=1", "b=1");
        assertThat(view.get("a")).contains("1");
        assertThat(view.unreadableRecords()).isEqualTo(1);
    }

    @Test
    void shouldWaitForTheRegistryInsteadOfMissingARecord() throws Exception {
        registryAnswers.set(false);
        topic.put(0, "a", "newer");
        var view = open();
        assertThatThrownBy(() -> view.awaitInitialLoad(Duration.ofMillis(300)))
                .isInstanceOf(ViewBehindException.class)
                .hasMessageContaining("no answer");

        registryAnswers.set(true);

        view.awaitInitialLoad(SOON);
        assertThat(view.get("a")).contains("newer");
        assertThat(view.unreadableRecords()).isZero();
    }

    @Test
    void shouldCloseWhileItWaitsForTheRegistry() throws Exception {
        registryAnswers.set(false);
        topic.put(0, "a", "newer");
        var view = open();
        assertThatThrownBy(() -> view.awaitInitialLoad(Duration.ofMillis(300)))
                .isInstanceOf(ViewBehindException.class);

        assertClosesPromptly(view);
    }

    @Test
    void shouldCallNoListenerAfterClose() throws Exception {
        var view = open();
        listen(view);
        view.awaitInitialLoad(SOON);

        assertClosesPromptly(view);
        topic.put(0, "a", "1");

        assertThat(told).isEmpty();
        assertThat(topic.consumersMade()).isEqualTo(1);
    }

    @Test
    void shouldLetAListenerCloseTheView() throws Exception {
        var view = open();
        view.listen((key, value) -> view.close());
        listen(view);
        view.awaitInitialLoad(SOON);

        topic.put(0, "a", "1");

        awaitTold("a=1");
        assertClosesPromptly(view);
    }

    private static void assertClosesPromptly(CompactedView<String> view)
            throws InterruptedException {
        Thread closing = Thread.ofVirtual().start(view::close);
        assertThat(closing.join(SOON)).as("close() has returned").isTrue();
    }

    @Test
    void shouldIgnoreWhatDoesNotCountAndTellItsWriter() throws Exception {
        Succession<String> higher = (current, next) -> next.compareTo(current) > 0;
        long first = topic.put(0, "a", "1 of x");
        long second = topic.put(0, "a", "1 of w");
        var view = open(higher);
        view.awaitInitialLoad(SOON);

        assertThat(view.get("a")).contains("1 of x");
        assertThat(view.isOverruled(0, first)).isFalse();
        assertThat(view.isOverruled(0, second)).isTrue();
        assertThat(view.overshadowed()).containsExactly("a");

        listen(view);
        awaitTold("a=1 of x");
        long third = topic.put(0, "a", "2 of x");
        long fourth = topic.put(0, "a", "2 of w");
        long fifth = topic.put(0, "a", "2 of x");
        view.awaitOffset(0, fifth, SOON);

        assertThat(view.isOverruled(0, third)).isFalse();
        assertThat(view.isOverruled(0, fourth)).isTrue();
        assertThat(view.overshadowed()).as("what comes last says what counts").isEmpty();
        assertThat(told).containsExactly("a=1 of x", "a=2 of x");
    }
}
