package dev.farshore.capture.ownership;

import dev.farshore.nbd.Exports;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connections that have a volume open. Every client that was admitted is sent away when the
 * volume goes: from the moment the others are sent away, nobody is admitted. Threading: any thread.
 */
public final class Clients {
    private static final Logger log = LoggerFactory.getLogger(Clients.class);

    private final String vvol;
    private final Set<Exports.Client> connected = ConcurrentHashMap.newKeySet();

    /** Guards {@link #isTurnedAway} and additions. */
    private final ReentrantLock lock = new ReentrantLock();

    private boolean isTurnedAway;

    /** Whether the clients still connected have written nothing that could be lost. */
    private volatile boolean isLeftAlone;

    public Clients(String vvol) {
        this.vvol = vvol;
    }

    /** Whether the client may open the volume; it is sent away if the volume goes after this. */
    public boolean admit(Exports.Client client) {
        lock.lock();
        try {
            if (isTurnedAway) {
                return false;
            }
            connected.add(client);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The volume is served, from now on. */
    void welcome() {
        lock.lock();
        try {
            isTurnedAway = false;
            isLeftAlone = false;
        } finally {
            lock.unlock();
        }
    }

    /** The volume goes: sends all away, and admits nobody until it is served again. */
    public void turnAway(String reason) {
        lock.lock();
        try {
            isTurnedAway = true;
        } finally {
            lock.unlock();
        }
        disconnect(reason);
    }

    public void remove(Exports.Client client) {
        connected.remove(client);
    }

    public int count() {
        return connected.size();
    }

    /** The volume goes, with all that its clients have written: they stay, and nobody comes. */
    void leaveAlone() {
        lock.lock();
        try {
            isTurnedAway = true;
            isLeftAlone = true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the volume has gone with everything that the connected clients have written. */
    public boolean isLeftAlone() {
        return isLeftAlone;
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
