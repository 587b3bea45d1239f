package dev.farshore.capture.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.pressure.FullJournal.News;

import org.junit.jupiter.api.Test;

class FullJournalTest {
    private static final long CALM = FullJournal.CALM_NANOS;

    private final FullJournal journal = new FullJournal();

    @Test
    void shouldTellOneEpisodeHoweverOftenThereWasRoomInBetween() {
        assertThat(journal.news(0)).isNull();
        for (int i = 0; i < 10; i++) {
            journal.noRoom(100 + i * 10);
            assertThat(journal.isWaiting()).isTrue();
            assertThat(journal.news(101 + i * 10)).isEqualTo(i == 0 ? new News.Began() : null);
            journal.room(104 + i * 10);
        }
        assertThat(journal.news(194 + CALM - 1)).isNull();

        assertThat(journal.news(194 + CALM)).isEqualTo(new News.Ended(94, 40));

        assertThat(journal.news(194 + 2 * CALM)).isNull();
        assertThat(journal.times()).isEqualTo(1);
        assertThat(journal.waitedNanos(CALM * 5)).isEqualTo(40);
    }

    @Test
    void shouldCountWhileItLasts() {
        journal.noRoom(100);
        journal.noRoom(150);

        assertThat(journal.waitedNanos(300)).isEqualTo(200);
        assertThat(journal.news(CALM * 9)).isEqualTo(new News.Began());
        assertThat(journal.news(CALM * 9)).as("still full").isNull();
    }
}
