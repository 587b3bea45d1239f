package dev.farshore.apply.store;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.schemas.log.LogEvent;

import java.util.ArrayList;
import java.util.List;

/** Does what {@link Repair} does, with a log in memory, and when it is told to. */
public final class SimulatedRepair implements StoreWatch {
    private final List<LogEvent> log;
    private final List<ImageStore> stores = new ArrayList<>();

    /**
     * @param log of the partition, by offset
     */
    public SimulatedRepair(List<LogEvent> log) {
        this.log = log;
    }

    @Override
    public void add(ImageStore store) {
        stores.add(store);
    }

    @Override
    public void remove(ImageStore store) {
        stores.remove(store);
    }

    @Override
    public void wake() {}

    /** One pass over all stores. */
    public void run() {
        for (ImageStore store : stores) {
            if (store.isLogEndWanted()) {
                store.setLogEnd(log.size());
            }
            for (Volume volume : store.volumes()) {
                if (volume.reopen()) {
                    catchUp(volume);
                    volume.giveUpCatchingUp();
                }
            }
        }
    }

    private void catchUp(Volume volume) {
        for (int offset = Math.toIntExact(volume.resumeOffset());
                offset < log.size() && volume.isCatchingUp();
                offset++) {
            LogEvent event = log.get(offset);
            if (event.header().vvol().equals(volume.vvol())) {
                volume.catchUp(new Decoded.Value<>(event), offset);
            }
            volume.caughtUpTo(offset);
        }
    }
}
