package dev.farshore.apply.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentChangesTest {
    private final RecentChanges changes = new RecentChanges(10);

    @Test
    void shouldTellWhetherARangeWasTouched() {
        changes.begin(11, 4096, 4096);
        changes.begin(12, 0, 0);

        assertThat(changes.isUntouchedSince(10, 0, 4096)).isTrue();
        assertThat(changes.isUntouchedSince(10, 8192, 512)).isTrue();
        assertThat(changes.isUntouchedSince(10, 0, 4097)).isFalse();
        assertThat(changes.isUntouchedSince(10, 8191, 1)).isFalse();
        assertThat(changes.isUntouchedSince(11, 4096, 4096)).isTrue();
    }

    @Test
    void shouldNotClaimWhatItHasForgotten() {
        for (int event = 0; event < RecentChanges.KEPT; event++) {
            changes.begin(11 + event, 0, 512);
        }

        assertThat(changes.isUntouchedSince(10, 4096, 512)).isFalse();
        assertThat(changes.isUntouchedSince(11, 4096, 512)).isTrue();
    }
}
