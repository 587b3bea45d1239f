package dev.farshore.process.start;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Map;

/**
 * Tells the service manager that has started this process how far it is, by systemd's protocol
 * (sd_notify(3)): datagrams to the socket that {@code NOTIFY_SOCKET} names. Without one, nothing is
 * sent. A message that cannot be sent is logged and harms nothing.
 *
 * <p>There is no watchdog. It could only tell that the JVM runs: a node whose disk hangs is better
 * left alone, as its other volumes go on.
 *
 * <p>Threading: any thread.
 */
public final class ServiceManager {
    private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);
    private static final String SOCKET_VARIABLE = "NOTIFY_SOCKET";

    private final @Nullable String socket;

    private ServiceManager(@Nullable String socket) {
        this.socket = socket;
    }

    /** The one that started this process, if any. */
    public static ServiceManager ofThisProcess() {
        return of(System.getenv());
    }

    static ServiceManager of(Map<String, String> environment) {
        String socket = environment.get(SOCKET_VARIABLE);
        return new ServiceManager(socket == null || socket.isEmpty() ? null : socket);
    }

    /** It does its job from now on: what depends on it may start. */
    public void ready(String status) {
        send("READY=1\nSTATUS=" + line(status));
    }

    /** What it does or waits for at the moment, in a line for the operator. */
    public void status(String status) {
        send("STATUS=" + line(status));
    }

    /** It has begun to end. */
    public void stopping(String status) {
        send("STOPPING=1\nSTATUS=" + line(status));
    }

    private static String line(String status) {
        return status.replace('\n', ' ').strip();
    }

    private void send(String message) {
        if (socket == null) {
            return;
        }
        try {
            NotifySocket.send(socket, message);
        } catch (IOException e) {
            log.atWarn()
                    .addKeyValue("socket", socket)
                    .setCause(e)
                    .log("the service manager could not be told");
        }
    }
}
