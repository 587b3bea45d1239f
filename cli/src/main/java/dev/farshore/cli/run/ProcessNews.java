package dev.farshore.cli.run;

import dev.farshore.process.start.ServiceManager;

import java.io.PrintWriter;

/** What a long-running process says of itself: to whoever reads its output, and to systemd. */
record ProcessNews(PrintWriter out, ServiceManager manager) {

    /** It is not ready yet, and this is why. */
    void waits(String line) {
        print(line);
        manager.status(line);
    }

    void ready(String line) {
        print(line);
        manager.ready(line);
    }

    void stopping(String line) {
        print(line);
        manager.stopping(line);
    }

    private void print(String line) {
        out.println(line);
        out.flush();
    }
}
