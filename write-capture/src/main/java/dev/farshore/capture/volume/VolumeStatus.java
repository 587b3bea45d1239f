package dev.farshore.capture.volume;

import dev.farshore.capture.ownership.OwnershipState;
import dev.farshore.capture.pressure.RequestCounters;
import dev.farshore.capture.pressure.WriteCounters;
import dev.farshore.capture.pressure.WriteLimit;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.session.LossCount;
import dev.farshore.capture.session.SessionStatus;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * How a volume stands at this node.
 *
 * @param state as to being written here
 * @param reason why it is not written here, or not published; empty where it is
 * @param epoch of the image
 * @param appliedSeq newest event in the image; 0 without one
 * @param hardenedSeq of those, the newest on stable storage
 * @param limit of its VM's writes
 * @param counters that go on counting
 * @param requests that go on counting
 * @param losses of its journals here
 * @param writing null where it is not written here
 */
public record VolumeStatus(
        String vvol,
        String vm,
        String owner,
        String durability,
        String state,
        String reason,
        int epoch,
        long appliedSeq,
        long hardenedSeq,
        int clients,
        WriteLimit limit,
        WriteCounters counters,
        RequestCounters requests,
        LossCount losses,
        @Nullable SessionStatus writing) {

    static VolumeStatus of(VolumeKeeper keeper) {
        VolumeSpec spec = keeper.spec();
        OwnershipState state = keeper.state();
        LogCursor applied = keeper.image().map(LocalImage::applied).orElse(LogCursor.START);
        WriteSession session = keeper.session();
        return new VolumeStatus(
                spec.getVvol(),
                spec.getVm(),
                spec.getOwner(),
                spec.getDurability().name().toLowerCase(Locale.ROOT),
                state.word(),
                keeper.reason(),
                applied.epoch(),
                applied.seq(),
                keeper.image().map(LocalImage::hardenedSeq).orElse(0L),
                keeper.clients().count(),
                keeper.traffic().limit(),
                keeper.traffic().counters(),
                keeper.traffic().requests(),
                keeper.losses(),
                session == null ? null : session.status());
    }
}
