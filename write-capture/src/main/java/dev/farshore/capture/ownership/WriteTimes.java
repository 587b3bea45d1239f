package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Open;

/**
 * When the guest of a volume last had to wait for a hand-over at this node, and when it last could
 * write here: between the two, wherever they are, it waited. Microseconds since 1970 by this node's
 * clock; 0 for never.
 *
 * @param writableEpoch in which it could write last
 */
public record WriteTimes(long heldSinceMicros, long writableSinceMicros, int writableEpoch) {
    /** Nothing was written here. */
    public static final WriteTimes NEVER = new WriteTimes(0, 0, 0);

    WriteTimes after(OwnershipState before, OwnershipState next, long nowMicros) {
        if (next instanceof Open open) {
            return new WriteTimes(heldSinceMicros, nowMicros, open.epoch());
        }
        return before instanceof Open
                ? new WriteTimes(nowMicros, writableSinceMicros, writableEpoch)
                : this;
    }
}
