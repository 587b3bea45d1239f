package dev.farshore.capture.change;

/** Whether a volume takes changes. */
enum Gate {
    /** Changes go into the journal. */
    OPEN,
    /** Changes wait: the volume is about to open, or to move. */
    HELD,
    /** Changes fail: the volume is not written here any more. */
    SHUT
}
