package dev.farshore.apply.store;

import org.apache.kafka.streams.state.StoreBuilder;

import java.util.Map;
import java.util.function.Supplier;

/** Gives Streams a new {@link ImageStore} for each task; there is nothing to choose. */
public final class ImageStoreBuilder implements StoreBuilder<ImageStore> {
    private final Supplier<ImageStore> stores;

    public ImageStoreBuilder(Supplier<ImageStore> stores) {
        this.stores = stores;
    }

    @Override
    public ImageStore build() {
        return stores.get();
    }

    @Override
    public String name() {
        return ImageStore.NAME;
    }

    @Override
    public StoreBuilder<ImageStore> withCachingEnabled() {
        return this;
    }

    @Override
    public StoreBuilder<ImageStore> withCachingDisabled() {
        return this;
    }

    @Override
    public StoreBuilder<ImageStore> withLoggingEnabled(Map<String, String> config) {
        return this;
    }

    @Override
    public StoreBuilder<ImageStore> withLoggingDisabled() {
        return this;
    }

    @Override
    public Map<String, String> logConfig() {
        return Map.of();
    }

    /** No topic beside the write log. */
    @Override
    public boolean loggingEnabled() {
        return false;
    }
}
