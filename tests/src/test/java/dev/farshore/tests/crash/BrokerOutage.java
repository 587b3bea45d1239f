package dev.farshore.tests.crash;

import dev.farshore.tests.fixture.Server;

import java.io.IOException;

/** Ways in which a broker is away for a while, and comes back with its data. */
enum BrokerOutage {
    /** It neither answers nor closes its connections. */
    FROZEN {
        @Override
        void begin(Server kafka) throws IOException, InterruptedException {
            kafka.pause();
        }

        @Override
        void end(Server kafka) throws IOException, InterruptedException {
            kafka.resume();
        }
    },
    /** {@code kill -9}, later started on the same data. */
    KILLED {
        @Override
        void begin(Server kafka) throws IOException, InterruptedException {
            kafka.kill();
        }

        @Override
        void end(Server kafka) throws IOException, InterruptedException {
            kafka.start();
        }
    },
    /** It runs on without a network. */
    CUT_OFF {
        @Override
        boolean isPossible(Server kafka) {
            return kafka.canBeDisconnected();
        }

        @Override
        void begin(Server kafka) {
            kafka.disconnect();
        }

        @Override
        void end(Server kafka) {
            kafka.reconnect();
        }
    };

    boolean isPossible(Server kafka) {
        return true;
    }

    abstract void begin(Server kafka) throws IOException, InterruptedException;

    abstract void end(Server kafka) throws IOException, InterruptedException;
}
