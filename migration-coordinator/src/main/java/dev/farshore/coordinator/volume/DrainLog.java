package dev.farshore.coordinator.volume;

/** Where orders to drain nodes are kept. Each call returns once it is written and can be read. */
public interface DrainLog {
    void order(String site, String node, long nowMicros);

    void revoke(String site, String node);
}
