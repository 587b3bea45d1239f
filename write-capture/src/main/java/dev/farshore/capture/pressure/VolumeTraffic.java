package dev.farshore.capture.pressure;

/**
 * Counts what clients write to a volume, and has the pacer that the volume shares with the others
 * of its VM. Threading: any thread.
 */
public final class VolumeTraffic {
    private final WritePacers pacers;
    private final WriteCounters counters = new WriteCounters();
    private final RequestCounters requests = new RequestCounters();
    private volatile WritePacer pacer;

    /**
     * @param sharers name of the VM, or of whatever else shares a limit
     */
    public VolumeTraffic(WritePacers pacers, String sharers) {
        this.pacers = pacers;
        this.pacer = pacers.of(sharers);
    }

    /** From now on the volume shares that limit. */
    public void use(String sharers, WriteLimit limit) {
        WritePacer shared = pacers.of(sharers);
        shared.use(limit);
        pacer = shared;
    }

    public WritePacer pacer() {
        return pacer;
    }

    public WriteCounters counters() {
        return counters;
    }

    public RequestCounters requests() {
        return requests;
    }

    public WriteLimit limit() {
        return pacer.limit();
    }
}
