package dev.farshore.testkit.embedded;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs in the child process: formats the broker's storage if it is new, then starts the broker. One
 * JVM for both halves the time to the first start.
 */
final class BrokerMain {
    private BrokerMain() {}

    /**
     * @param args cluster id, the broker's property file, further arguments to format with
     */
    public static void main(String[] args) throws Throwable {
        String clusterId = args[0];
        String properties = args[1];
        List<String> arguments =
                new ArrayList<>(
                        List.of("format", "-t", clusterId, "-c", properties, "--ignore-formatted"));
        arguments.addAll(List.of(args).subList(2, args.length));
        String[] format = arguments.toArray(String[]::new);
        Object status =
                Class.forName("kafka.tools.StorageTool")
                        .getMethod("execute", String[].class, PrintStream.class)
                        .invoke(null, format, System.out);
        if (!Integer.valueOf(0).equals(status)) {
            System.exit(1);
        }
        Reflected.main("kafka.Kafka", properties);
    }
}
