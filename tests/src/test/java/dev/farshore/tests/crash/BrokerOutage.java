package dev.farshore.tests.crash;

import dev.farshore.testkit.embedded.EmbeddedKafka;

import java.io.IOException;

/** Ways in which a broker is away for a while, and comes back with its data. */
enum BrokerOutage {
    /** It neither answers nor closes its connections. */
    FROZEN {
        @Override
        void begin(EmbeddedKafka kafka) throws IOException, InterruptedException {
            signal(kafka, "STOP");
        }

        @Override
        void end(EmbeddedKafka kafka) throws IOException, InterruptedException {
            signal(kafka, "CONT");
        }
    },
    /** {@code kill -9}, later started on the same data. */
    KILLED {
        @Override
        void begin(EmbeddedKafka kafka) {
            kafka.kill();
        }

        @Override
        void end(EmbeddedKafka kafka) throws IOException, InterruptedException {
            kafka.start();
        }
    };

    abstract void begin(EmbeddedKafka kafka) throws IOException, InterruptedException;

    abstract void end(EmbeddedKafka kafka) throws IOException, InterruptedException;

    private static void signal(EmbeddedKafka kafka, String name)
            throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(kafka.pid())).start().waitFor();
    }
}
