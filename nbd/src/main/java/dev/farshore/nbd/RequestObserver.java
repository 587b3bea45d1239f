package dev.farshore.nbd;

/**
 * Told how long clients waited for answers. Called for every request, on whichever thread has done
 * it: it must not block, and should not allocate.
 */
public interface RequestObserver {
    RequestObserver NONE =
            new RequestObserver() {
                @Override
                public void answered(Operation operation, long nanos) {}

                @Override
                public void failed(Operation operation) {}
            };

    /** What a client asked for. */
    enum Operation {
        READ,
        WRITE,
        FLUSH,
        TRIM,
        ZERO
    }

    /**
     * A request has been done.
     *
     * @param nanos from its arrival until its answer was ready to be sent; of a read that is
     *     streamed until it was sent
     */
    void answered(Operation operation, long nanos);

    /** The client gets an error. Not told where it is disconnected instead. */
    void failed(Operation operation);
}
