package dev.farshore.capture.publish;

/** How a lane's turn to send has ended. */
enum LaneTurn {
    /** There is more to send at once. */
    MORE,
    /** Nothing to send until the lane is woken. */
    DONE,
    /**
     * It has to be woken after a while: a record is refused, or the producer's buffer is scarce.
     */
    WAITING,
    CLOSED
}
