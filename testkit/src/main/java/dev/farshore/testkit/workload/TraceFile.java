package dev.farshore.testkit.workload;

import dev.farshore.testkit.record.SectorStamp;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * A recorded trace of block I/O: lines of {@code time_ms,op,offset_bytes,length_bytes} in order of
 * time, after a first line that says just that; gzipped if the name ends with {@code .gz}. Every
 * line is checked as it is read.
 *
 * <p>Threading: one thread.
 */
public final class TraceFile implements AutoCloseable {
    public static final String HEADER = "time_ms,op,offset_bytes,length_bytes";

    /** Longest request: what an NBD server must take without being asked. */
    private static final long MAX_REQUEST_BYTES = 32 << 20;

    private static final int COLUMNS = 4;

    private final Path file;
    private final BufferedReader lines;
    private long lineNumber;
    private long lastMillis;

    /**
     * A request of the trace.
     *
     * @param timeMillis since the first request
     */
    public record Request(long timeMillis, boolean isWrite, long offset, int length) {}

    /**
     * A whole trace.
     *
     * @param endBytes end of the furthest request: the volume's least size
     */
    public record Summary(long requests, long durationMillis, long endBytes) {}

    private TraceFile(Path file, BufferedReader lines) {
        this.file = file;
        this.lines = lines;
    }

    /**
     * @throws TraceException if the first line is not the header
     */
    public static TraceFile open(Path file) throws IOException {
        InputStream bytes = Files.newInputStream(file);
        try {
            if (file.toString().endsWith(".gz")) {
                bytes = unzip(file, bytes);
            }
            TraceFile trace =
                    new TraceFile(
                            file,
                            new BufferedReader(
                                    new InputStreamReader(bytes, StandardCharsets.UTF_8)));
            String header = trace.readLine();
            if (header == null || !header.equals(HEADER)) {
                throw trace.problem(
                        "found '%s' instead of '%s'"
                                .formatted(header == null ? "" : header, HEADER));
            }
            return trace;
        } catch (IOException | RuntimeException e) {
            bytes.close();
            throw e;
        }
    }

    private static InputStream unzip(Path file, InputStream bytes) throws IOException {
        try {
            return new GZIPInputStream(bytes, 64 << 10);
        } catch (IOException e) {
            TraceException problem = new TraceException(file, 1, "not gzip: " + e.getMessage());
            problem.initCause(e);
            throw problem;
        }
    }

    /** Reads it once, so that whatever is wrong in it is known before it is used. */
    public static Summary check(Path file) throws IOException {
        long requests = 0;
        long endBytes = 0;
        long durationMillis = 0;
        try (TraceFile trace = open(file)) {
            for (Request request = trace.next(); request != null; request = trace.next()) {
                requests++;
                endBytes = Math.max(endBytes, request.offset + request.length);
                durationMillis = request.timeMillis;
            }
            if (requests == 0) {
                throw trace.problem("no requests");
            }
        }
        return new Summary(requests, durationMillis, endBytes);
    }

    /**
     * @return null at the end
     */
    public @Nullable Request next() throws IOException {
        String line = readLine();
        if (line == null) {
            return null;
        }
        String[] columns = line.split(",", -1);
        if (columns.length != COLUMNS) {
            throw problem("%d columns instead of %d".formatted(columns.length, COLUMNS));
        }
        long timeMillis = number("time_ms", columns[0]);
        if (timeMillis < lastMillis) {
            throw problem("time_ms %d after %d".formatted(timeMillis, lastMillis));
        }
        lastMillis = timeMillis;
        boolean isWrite =
                switch (columns[1]) {
                    case "write" -> true;
                    case "read" -> false;
                    default -> throw problem("op '%s' is not read or write".formatted(columns[1]));
                };
        long offset = sectors("offset_bytes", columns[2]);
        long length = sectors("length_bytes", columns[3]);
        if (length == 0 || length > MAX_REQUEST_BYTES) {
            throw problem("length_bytes %d is not 512 to %d".formatted(length, MAX_REQUEST_BYTES));
        }
        if (offset > Long.MAX_VALUE - length) {
            throw problem("offset_bytes %d is too large".formatted(offset));
        }
        return new Request(timeMillis, isWrite, offset, (int) length);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    private @Nullable String readLine() throws IOException {
        lineNumber++;
        try {
            return lines.readLine();
        } catch (IOException e) {
            TraceException problem = problem(String.valueOf(e.getMessage()));
            problem.initCause(e);
            throw problem;
        }
    }

    private long sectors(String column, String text) throws TraceException {
        long bytes = number(column, text);
        if (bytes % SectorStamp.SECTOR_BYTES != 0) {
            throw problem(
                    "%s %d is no multiple of %d"
                            .formatted(column, bytes, SectorStamp.SECTOR_BYTES));
        }
        return bytes;
    }

    private long number(String column, String text) throws TraceException {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, with the line.
        }
        throw problem("%s '%s' is no whole number, zero or above".formatted(column, text));
    }

    private TraceException problem(String text) {
        return new TraceException(file, lineNumber, text);
    }
}
