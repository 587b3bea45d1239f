package dev.farshore.capture.read;

import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

import java.util.List;
import java.util.Optional;

/** The images of volumes at this node, as its appliers keep them. Threading: any thread. */
public interface LocalImages {
    Optional<LocalImage> find(String vvol);

    /**
     * Where the volume's log ends as far as the headers topic tells; {@link LogCursor#START} when
     * it tells nothing.
     */
    LogCursor headersEnd(String vvol);

    /** The newest header of a volume that counts; empty if none has come since the node started. */
    default Optional<IndexedHeader> newestHeader(String vvol) {
        return Optional.empty();
    }

    /**
     * Why this site's image can't be what a volume is written on; empty if it can. It lacks what
     * the log does not have any more.
     */
    default Optional<String> unfitness(String vvol) {
        return Optional.empty();
    }

    /** What is wrong with this node's image of a volume now; empty if nothing is known. */
    default Optional<String> fault(String vvol) {
        return Optional.empty();
    }

    /**
     * A site other than this one whose image can't be made from the log, nor from the newest seed
     * of the volume; empty if none is known.
     *
     * @param newest the newest seed; if it is not finished, nobody is making it any more
     */
    default Optional<String> siteInNeedOfSeed(String vvol, SeedMark newest) {
        return Optional.empty();
    }

    /**
     * Whether it is this node, of all of the site's, that keeps the images of a partition now.
     * Another that stands by may have them, too.
     */
    boolean isKeptHere(int partition);

    /**
     * Whether the images of a partition have taken in everything that was in the log when this node
     * started: from then on they, and nobody else, know what the node itself had published before.
     */
    boolean isCaughtUp(int partition);

    /** Sites that have an image of the volume, this one among them, in order; as far as known. */
    default List<String> sites(String vvol) {
        return List.of();
    }

    /**
     * The parts of a range that a site's image lacks: their newest event is not hardened there. As
     * far as this node knows the log.
     *
     * @param maxRanges with that many, the rest of the range is left open
     * @return in order; empty if it is not known
     */
    default Optional<List<LackedRange>> lackedAt(
            String vvol, String site, long offset, long length, int maxRanges) {
        return Optional.empty();
    }

    /** Who answers for a volume at a site, as it has said last; empty if nobody has. */
    default Optional<KeptBy> keptBy(String vvol, String site) {
        return Optional.empty();
    }

    /**
     * A node that keeps the image of a volume for its site, and what it has said of that.
     *
     * @param endpoint NBD URI under which it serves the volume
     * @param applied its image's epoch, that epoch's owner, whether it is open, and the newest
     *     event; the rest is not told
     */
    record KeptBy(String node, String endpoint, LogCursor applied) {}

    /** A range in bytes. */
    record LackedRange(long offset, long length) {
        long end() {
            return offset + length;
        }
    }
}
