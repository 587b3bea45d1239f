package dev.farshore.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.farshore.nbd.client.NbdUri;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * fio with its {@code nbd} engine, in a process of its own.
 *
 * <p>By default its buffers are filled once, as is fio's default: filling them for each write would
 * take half a core at these rates.
 */
final class FioLoad implements Load {
    private static final String PROGRAM = "fio";

    static boolean isInstalled() throws IOException, InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(PROGRAM, "--enghelp=nbd")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false; // not on the PATH
        }
    }

    @Override
    public String name() {
        return PROGRAM;
    }

    @Override
    public LoadResult run(NbdUri uri, LoadSpec spec) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                PROGRAM,
                                "--name=" + spec.name(),
                                "--ioengine=nbd",
                                "--uri=" + uri,
                                spec.readPercent() == 0 ? "--rw=randwrite" : "--rw=randrw",
                                "--rwmixread=" + spec.readPercent(),
                                "--bs=" + spec.blockBytes(),
                                "--iodepth=" + spec.depth(),
                                "--size=" + spec.rangeBytes(),
                                "--norandommap",
                                "--time_based",
                                "--ramp_time=" + spec.warmUp().toMillis() + "ms",
                                "--runtime=" + spec.time().toMillis() + "ms",
                                "--percentile_list=50:99",
                                "--output-format=json"));
        if (spec.compressiblePercent() != LoadSpec.REPEATED) {
            command.add("--refill_buffers");
            command.add("--buffer_compress_percentage=" + spec.compressiblePercent());
        }
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            String out =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException("fio ended with status %d: %s".formatted(status, out));
            }
            return parse(out);
        } finally {
            process.destroyForcibly();
        }
    }

    /** What fio says before its JSON are warnings. */
    static LoadResult parse(String out) throws IOException {
        int start = out.indexOf('{');
        if (start < 0) {
            throw new IOException("fio's output is not JSON: " + out);
        }
        JsonNode job = new ObjectMapper().readTree(out.substring(start)).path("jobs").path(0);
        if (job.path("error").asInt(-1) != 0) {
            throw new IOException("fio had an error: " + out);
        }
        JsonNode writes = job.path("write");
        return new LoadResult(
                writes.path("iops").asDouble() + job.path("read").path("iops").asDouble(),
                micros(writes, "50.000000"),
                micros(writes, "99.000000"));
    }

    private static double micros(JsonNode direction, String percentile) {
        return direction.path("clat_ns").path("percentile").path(percentile).asDouble() / 1e3;
    }
}
