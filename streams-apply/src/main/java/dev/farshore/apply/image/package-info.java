/**
 * A site's copy of a volume: a sparse raw file, and a superblock that says where in the log it
 * stands ({@code LogIsTheTruth}, {@code PositionMatchesData}, {@code ReplicaNeverAheadOfLog}).
 */
@NullMarked
package dev.farshore.apply.image;

import org.jspecify.annotations.NullMarked;
