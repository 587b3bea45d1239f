package dev.farshore.apply.image;

/**
 * Where an image stands by what was applied to it, stable or not.
 *
 * <p>Threading: the applying thread writes, any thread asks.
 */
final class AppliedPosition {
    private volatile ImagePosition position;
    private volatile long consistentFromSeq;

    /** Of an image opened with {@code superblock}. */
    AppliedPosition(Superblock superblock) {
        this.position = superblock.hardened();
        this.consistentFromSeq = superblock.mixedUntilSeq();
    }

    ImagePosition get() {
        return position;
    }

    void set(ImagePosition next) {
        position = next;
    }

    /** See {@link Image#isConsistent}. */
    boolean isConsistent() {
        return position.seq() >= consistentFromSeq;
    }

    long consistentFromSeq() {
        return consistentFromSeq;
    }

    void declareConsistent() {
        consistentFromSeq = 0;
    }
}
