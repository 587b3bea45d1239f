package dev.farshore.testkit.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

class TraceFileTest {
    private static final String GOOD =
            TraceFile.HEADER + "\n0,write,4096,512\n5,read,512,6656\n5,write,0,1024\n";

    @TempDir Path folder;

    @Test
    void shouldReadAPlainTrace() throws IOException {
        Path file = plain(GOOD);

        assertThat(TraceFile.check(file)).isEqualTo(new TraceFile.Summary(3, 5, 7168));
        try (TraceFile trace = TraceFile.open(file)) {
            assertThat(trace.next()).isEqualTo(new TraceFile.Request(0, true, 4096, 512));
            assertThat(trace.next()).isEqualTo(new TraceFile.Request(5, false, 512, 6656));
            assertThat(trace.next()).isEqualTo(new TraceFile.Request(5, true, 0, 1024));
            assertThat(trace.next()).isNull();
        }
    }

    @Test
    void shouldReadAGzippedTrace() throws IOException {
        Path file = folder.resolve("trace.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(GOOD.getBytes(StandardCharsets.UTF_8));
        }

        assertThat(TraceFile.check(file).requests()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    0,write,4096               | 3 columns instead of 4
                    0,write,4096,512,1         | 5 columns instead of 4
                    x,write,4096,512           | time_ms 'x' is no whole number
                    -1,write,4096,512          | time_ms '-1' is no whole number
                    0,erase,4096,512           | op 'erase' is not read or write
                    0,write,4097,512           | offset_bytes 4097 is no multiple of 512
                    0,write,4096,100           | length_bytes 100 is no multiple of 512
                    0,write,4096,0             | length_bytes 0 is not 512 to 33554432
                    0,write,4096,33554944      | length_bytes 33554944 is not 512 to 33554432
                    0,write,9223372036854775296,512 | offset_bytes 9223372036854775296 is too large
                    """)
    void shouldSayWhichLineIsWrongAndWhy(String line, String why) throws IOException {
        Path file = plain(TraceFile.HEADER + "\n0,read,0,512\n" + line + "\n");

        assertThatThrownBy(() -> TraceFile.check(file))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining(file + ", line 3: " + why);
    }

    @Test
    void shouldRefuseTimeThatGoesBack() throws IOException {
        Path file = plain(TraceFile.HEADER + "\n5,read,0,512\n4,read,0,512\n");

        assertThatThrownBy(() -> TraceFile.check(file))
                .hasMessageContaining("line 3: time_ms 4 after 5");
    }

    @Test
    void shouldRefuseAFileThatIsNoTrace() throws IOException {
        Path other = plain("name,value\n1,2\n");
        assertThatThrownBy(() -> TraceFile.check(other))
                .hasMessageContaining("line 1: found 'name,value' instead of");

        Path empty = plain(TraceFile.HEADER + "\n");
        assertThatThrownBy(() -> TraceFile.check(empty)).hasMessageContaining("no requests");

        Path notZipped = Files.writeString(folder.resolve("x.gz"), GOOD);
        assertThatThrownBy(() -> TraceFile.check(notZipped))
                .hasMessageContaining(notZipped + ", line 1: not gzip");
    }

    @Test
    void shouldSayWhereATruncatedGzipEnds() throws IOException {
        Path file = folder.resolve("trace.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(TraceFile.HEADER.getBytes(StandardCharsets.UTF_8));
            for (int line = 0; line < 10_000; line++) {
                out.write(
                        "\n%d,write,%d,512"
                                .formatted(line, line * 7919L % 10_007 * 512)
                                .getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> TraceFile.check(file))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining(file + ", line ");
    }

    @Test
    void shouldFitTheTracesTimeToTheDurationAndPutFlushesIn() throws IOException {
        StringBuilder text = new StringBuilder(TraceFile.HEADER).append('\n');
        for (int line = 0; line <= 400; line++) {
            text.append(line).append(",write,").append(line * 512).append(",512\n");
        }
        Path file = plain(text.toString());
        List<Long> due = new ArrayList<>();
        int flushes = 0;
        try (TraceSource source =
                new TraceSource(file, TraceFile.check(file), Duration.ofSeconds(4))) {
            for (OperationSource.Timed next = source.next(0); next != null; next = source.next(0)) {
                if (next.operation() instanceof Operation.Flush) {
                    flushes++;
                } else {
                    due.add(next.dueNs());
                }
            }
        }

        assertThat(flushes).isEqualTo(2);
        assertThat(due).hasSize(401).isSorted();
        assertThat(due.getFirst()).isZero();
        assertThat(due.getLast()).isEqualTo(4_000_000_000L);
    }

    private Path plain(String text) throws IOException {
        return Files.writeString(folder.resolve("trace.csv"), text);
    }
}
