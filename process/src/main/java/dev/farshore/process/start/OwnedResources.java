package dev.farshore.process.start;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes what its owner has started: the newest first, each even if another fails.
 *
 * <p>Threading: whoever adds, closes.
 */
public final class OwnedResources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OwnedResources.class);

    private final String owner;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    /**
     * @param owner for the log
     */
    public OwnedResources(String owner) {
        this.owner = owner;
    }

    /** Returns {@code resource}. */
    public <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    @Override
    public void close() {
        while (!resources.isEmpty()) {
            AutoCloseable resource = resources.pop();
            try {
                resource.close();
            } catch (Exception e) {
                log.atWarn()
                        .addKeyValue("owner", owner)
                        .addKeyValue("part", resource.getClass().getSimpleName())
                        .setCause(e)
                        .log("could not be closed cleanly");
            }
        }
    }
}
