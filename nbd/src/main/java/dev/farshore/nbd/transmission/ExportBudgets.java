package dev.farshore.nbd.transmission;

import dev.farshore.nbd.NbdLimits;

import java.util.HashMap;
import java.util.Map;

/** The budgets of the exports that have connections. Threading: any thread. */
public final class ExportBudgets {
    private final BufferPool pool;
    private final long bytesPerExport;

    /** By export; guards itself. */
    private final Map<String, Shared> inUse = new HashMap<>();

    private static final class Shared {
        final ExportBudget budget;
        int connections;

        Shared(ExportBudget budget) {
            this.budget = budget;
        }
    }

    public ExportBudgets(NbdLimits limits) {
        this.pool = new BufferPool(limits.bytesInAll());
        this.bytesPerExport = limits.bytesPerExport();
    }

    /** The budget of an export, for one connection more, until {@link #close}. */
    public ExportBudget open(String export) {
        synchronized (inUse) {
            Shared shared =
                    inUse.computeIfAbsent(
                            export, name -> new Shared(new ExportBudget(pool, bytesPerExport)));
            shared.connections++;
            return shared.budget;
        }
    }

    /** A connection that had opened it has given everything back. */
    public void close(String export) {
        synchronized (inUse) {
            Shared shared = inUse.get(export);
            if (shared != null && --shared.connections == 0) {
                inUse.remove(export);
            }
        }
    }

    /** Bytes of payload in memory now, over all exports. */
    public long usedBytes() {
        return pool.usedBytes();
    }
}
