package dev.farshore.capture.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A real process, killed with SIGKILL at random points, again and again on one journal. */
@Tag("slow")
class JournalKillTest {
    private static final Logger log = LoggerFactory.getLogger(JournalKillTest.class);
    private static final Duration TIME =
            Duration.ofSeconds(Integer.getInteger("farshore.journalkill.seconds", 8));
    private static final int KILLS_MIN = 8;
    private static final int KILLS_MAX = Integer.getInteger("farshore.journalkill.kills", 60);

    @TempDir Path directory;

    private long appendedSeq;
    private long releasedSeq;

    @Test
    void shouldHoldEveryEntryThatAKilledProcessReported() throws Exception {
        long seed = new Random().nextLong();
        log.atInfo().addKeyValue("seed", seed).log("killing processes that append");
        Random random = new Random(seed);
        long startNanos = System.nanoTime();
        int kills = 0;
        while (kills < KILLS_MIN
                || kills < KILLS_MAX && System.nanoTime() - startNanos < TIME.toNanos()) {
            appendUntilKilled(random);
            kills++;
            check("seed %d, kill %d".formatted(seed, kills));
        }
        log.atInfo()
                .addKeyValue("kills", kills)
                .addKeyValue("seq", appendedSeq)
                .log("every reported entry was there");
        assertThat(appendedSeq).isGreaterThan(kills);
    }

    @Test
    void shouldKeepAnotherProcessAway() throws Exception {
        try (Journal journal =
                Journal.create(
                        file(),
                        TestEvents.VVOL,
                        KilledAppender.CAPACITY_BYTES,
                        JournalPosition.START)) {
            // A second try here must not give the lock away to other processes.
            assertThatThrownBy(() -> Journal.open(file()))
                    .hasMessageContaining("open in this process");
            Process other = startAppender(1);
            try {
                assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(other.exitValue()).isEqualTo(1);
                assertThat(stderr()).contains("open in another process");
            } finally {
                other.destroyForcibly();
            }
            assertThat(journal.isEmpty()).isTrue();
        }
    }

    private Process startAppender(long seed) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledAppender.class.getName(),
                        file().toString(),
                        String.valueOf(seed))
                .redirectError(directory.resolve("stderr").toFile())
                .start();
    }

    private void appendUntilKilled(Random random) throws Exception {
        Process process = startAppender(random.nextLong());
        try (BufferedReader lines = process.inputReader()) {
            long killAfterLines = 1L << random.nextInt(12);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                note(line);
                // What is in the pipe by then still counts as reported.
                if (--killAfterLines == 0) {
                    // By its handle: destroying the Process would close the pipe with it.
                    process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(process.exitValue())
                .as(() -> "killed, not stopped by itself: " + stderr())
                .isEqualTo(128 + 9);
    }

    private void note(String line) {
        long seq = Long.parseLong(line.substring(2));
        if (line.startsWith("a ")) {
            appendedSeq = seq;
        } else {
            releasedSeq = seq;
        }
    }

    private void check(String when) throws IOException {
        try (Journal journal = Journal.open(file())) {
            // One more may have been appended and not reported.
            assertThat(journal.lastSeq()).as(when).isBetween(appendedSeq, appendedSeq + 1);
            assertThat(journal.firstSeq()).as(when).isLessThanOrEqualTo(releasedSeq + 1);
            for (long seq = journal.firstSeq(); seq <= journal.lastSeq(); seq++) {
                int bytes =
                        TestEvents.payloadBytes(
                                KilledAppender.SEED, seq, KilledAppender.MAX_PAYLOAD_BYTES);
                assertThat(journal.read(seq).header())
                        .as(when)
                        .isEqualTo(TestEvents.event(KilledAppender.SEED, seq, bytes));
                assertThat(journal.read(seq).payload())
                        .as(when)
                        .isEqualTo(TestEvents.payload(KilledAppender.SEED, seq, bytes));
            }
        }
    }

    private Path file() {
        return directory.resolve("volume.journal");
    }

    private String stderr() {
        try {
            return Files.readString(directory.resolve("stderr"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
