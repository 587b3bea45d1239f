package dev.farshore.capture.volume;

import dev.farshore.capture.nbd.Exports;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The connections that have a volume open. Threading: any thread. */
final class Clients {
    private static final Logger log = LoggerFactory.getLogger(Clients.class);

    private final String vvol;
    private final Set<Exports.Client> connected = ConcurrentHashMap.newKeySet();

    Clients(String vvol) {
        this.vvol = vvol;
    }

    void add(Exports.Client client) {
        connected.add(client);
    }

    void remove(Exports.Client client) {
        connected.remove(client);
    }

    int count() {
        return connected.size();
    }

    /** Sends them away, unanswered requests unanswered, so that they look for the volume again. */
    void disconnect(String reason) {
        for (Exports.Client client : connected) {
            log.atInfo()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("client", client.address())
                    .addKeyValue("reason", reason)
                    .log("client disconnected");
            client.disconnect(reason);
        }
    }
}
