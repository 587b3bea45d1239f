package dev.farshore.apply.repair;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.apply.store.StoreListener;
import dev.farshore.schemas.log.LogEvent;

import java.util.ArrayList;
import java.util.List;

/** Does what {@link Repair} does, with a log in memory, and when it is told to. */
public final class SimulatedRepair implements StoreListener {
    private final List<LogEvent> log;
    private final List<ImageStore> stores = new ArrayList<>();
    private boolean isWanted;

    /**
     * @param log of the partition, by offset
     */
    public SimulatedRepair(List<LogEvent> log) {
        this.log = log;
    }

    @Override
    public void onOpened(ImageStore store) {
        stores.add(store);
    }

    @Override
    public void onClosed(ImageStore store) {
        stores.remove(store);
    }

    @Override
    public void onLogWanted() {
        isWanted = true;
    }

    /** One pass over all stores, if one of them has asked for it since the last. */
    public void runIfWanted() {
        if (isWanted) {
            run();
        }
    }

    /** One pass over all stores. */
    public void run() {
        isWanted = false;
        for (ImageStore store : stores) {
            if (store.isLogEndWanted()) {
                store.setLogEnd(log.size());
            }
            List<Replica> behind =
                    store.replicas().stream()
                            .filter(replica -> replica.recovery().reopen())
                            .toList();
            try (CatchUp pass = new CatchUp(behind)) {
                pass.askForLogEnd(log::size);
                read(pass);
            }
        }
    }

    /** A consumer's first poll mostly brings nothing, and others a few records. */
    private void read(CatchUp pass) {
        long offset = pass.isDone() ? log.size() : pass.fromOffset();
        int pollRecords = 0;
        while (!pass.isDone() && (pollRecords == 0 || offset < log.size())) {
            long until = Math.min(log.size(), offset + pollRecords);
            for (; offset < until; offset++) {
                LogEvent event = log.get((int) offset);
                pass.take(event.header().vvol(), offset, () -> new Decoded.Value<>(event));
            }
            pass.readUpTo(offset - 1);
            pollRecords++;
        }
    }
}
