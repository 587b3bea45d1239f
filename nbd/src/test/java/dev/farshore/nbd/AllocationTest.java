package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.management.ManagementFactory;

/** Garbage is latency: what a write costs on the heap, client of the test included. */
class AllocationTest {
    private static final int REQUESTS = 20_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final byte[] payload = new byte[4096];
    private final byte[] reply = new byte[SIMPLE_REPLY_BYTES];

    /** At depth 1 the reader parks for every request, and the JDK's part of that is the larger. */
    @ParameterizedTest
    @CsvSource({"32, 200", "1, 350"})
    void shouldAllocateLittlePerWrite(int depth, long limitBytes) throws IOException {
        try (TestServer server = new TestServer(new NullLog(TestServer.SIZE_BYTES));
                RawClient client = server.connectToDisk()) {
            write(client, depth);
            long before = threads.getTotalThreadAllocatedBytes();
            write(client, depth);
            long each = (threads.getTotalThreadAllocatedBytes() - before) / REQUESTS;
            System.out.println("bytes allocated per write at depth " + depth + ": " + each);
            assertThat(each).isLessThan(limitBytes);
        }
    }

    private void write(RawClient client, int depth) throws IOException {
        for (int sent = 0; sent < REQUESTS; sent += depth) {
            for (int i = 0; i < depth; i++) {
                client.request(CMD_WRITE, 0, i, i * 4096L, 4096).payload(payload);
            }
            client.send();
            for (int i = 0; i < depth; i++) {
                client.in.readFully(reply);
            }
        }
    }
}
