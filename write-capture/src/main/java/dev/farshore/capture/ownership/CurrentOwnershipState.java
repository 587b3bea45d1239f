package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Idle;
import dev.farshore.capture.session.NodeTime;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that a volume is in, and the only place where it changes. Threading: the keeper's
 * thread changes it, any may ask.
 */
public final class CurrentOwnershipState {
    private static final Logger log = LoggerFactory.getLogger(CurrentOwnershipState.class);

    private final String vvol;
    private final String site;
    private final Clients clients;
    private final NodeTime time;
    private volatile OwnershipState state = Idle.STARTING;
    private volatile WriteTimes writeTimes = WriteTimes.NEVER;

    public CurrentOwnershipState(String vvol, String site, Clients clients, NodeTime time) {
        this.vvol = vvol;
        this.site = site;
        this.clients = clients;
        this.time = time;
    }

    public OwnershipState get() {
        return state;
    }

    /** When the volume's guest could write here, and could not. */
    public WriteTimes writeTimes() {
        return writeTimes;
    }

    /**
     * Logs old state, new state and reason, and has clients come or go with it.
     *
     * @param wantedEpoch by the volume's spec
     * @return false if that is the state already
     */
    public boolean transitionTo(OwnershipState next, int wantedEpoch) {
        OwnershipState before = state;
        if (next.equals(before)) {
            return false;
        }
        if (before instanceof Idle && !(next instanceof Idle)) {
            // Who is connected from the last time may believe in what was overwritten elsewhere.
            clients.turnAway(vvol + " was written elsewhere");
        }
        if (next.isServed()) {
            clients.welcome();
        }
        state = next;
        writeTimes = writeTimes.after(before, next, time.nowMicros());
        log.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("site", site)
                .addKeyValue("from", before.word())
                .addKeyValue("to", next.word())
                .addKeyValue("epoch", wantedEpoch)
                .log(next.reason().isEmpty() ? "volume state" : next.reason());
        return true;
    }

    /** A step has failed. A volume that is not written here gives that as its reason. */
    public void stepFailed(String problem, int wantedEpoch) {
        if (state instanceof Idle idle) {
            transitionTo(idle.toIdle(problem), wantedEpoch);
        }
    }
}
