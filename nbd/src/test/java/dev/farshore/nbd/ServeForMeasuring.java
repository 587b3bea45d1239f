package dev.farshore.nbd;

import com.sun.management.ThreadMXBean;

import dev.farshore.nbd.server.NbdServer;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/**
 * Serves one device until its input ends, for measuring by hand with fio and profilers: {@code
 * null|memory|FILE SOCKET}.
 */
public final class ServeForMeasuring {
    public static void main(String[] args) throws Exception {
        BlockDevice device =
                switch (args[0]) {
                    case "null" -> new NullLog(1L << 30);
                    case "memory" -> new MemoryDevice(1L << 30);
                    default -> new FileDevice(Path.of(args[0]));
                };
        try (NbdServer server =
                new NbdServer(
                        new OneExport("disk", device),
                        List.of(
                                NbdListener.unix(Path.of(args[1])),
                                NbdListener.tcp("127.0.0.1", 0)),
                        NbdLimits.defaults())) {
            server.start();
            System.out.println(server.addresses());
            while (System.in.read() >= 0) {
                ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                System.out.println("allocated " + threads.getTotalThreadAllocatedBytes());
            }
        }
    }
}
