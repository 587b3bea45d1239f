package dev.farshore.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What a bench command found; the fields are those of {@code --json}.
 *
 * @param machine in words
 */
public record BenchReport(List<BenchResult> results, String machine) {
    public BenchReport {
        results = List.copyOf(results);
    }

    public static BenchReport of(List<BenchResult> results) throws IOException {
        return new BenchReport(results, Machine.inWords());
    }

    /** Prints it for people, and writes it for programs if wanted. */
    public void publish(PrintWriter out, @Nullable Path json) throws IOException {
        out.println();
        out.println(machine);
        int width = results.stream().mapToInt(result -> result.name().length()).max().orElse(0);
        for (BenchResult result : results) {
            out.println(line(result, width));
        }
        out.flush();
        if (json != null) {
            Files.write(
                    json,
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsBytes(this));
        }
    }

    private static String line(BenchResult result, int width) {
        StringBuilder line = new StringBuilder();
        line.append("  ").append(result.name());
        line.append(" ".repeat(width - result.name().length()));
        line.append("  ").append(number(result.value())).append(' ').append(result.unit());
        if (result.peer() != null) {
            line.append("; ").append(result.peer()).append(": ");
            line.append(result.peerValue() == null ? "not run" : number(result.peerValue()));
            if (result.ratio() != null) {
                line.append(String.format(Locale.ROOT, "; ratio %.2f", result.ratio()));
            }
        }
        if (result.target() != null) {
            line.append(
                    String.format(
                            Locale.ROOT,
                            "; target %s: %s",
                            number(result.target()),
                            result.met() ? "met" : "NOT MET"));
        }
        return line.toString();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
