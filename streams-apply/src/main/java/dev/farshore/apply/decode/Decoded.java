package dev.farshore.apply.decode;

/** What a record's bytes turned out to be. */
public sealed interface Decoded<T> {

    record Value<T>(T value) implements Decoded<T> {}

    /** Bytes that can't be decoded: damaged, or from a writer this version does not understand. */
    record Unreadable<T>(String reason) implements Decoded<T> {}
}
