package dev.farshore.schemas.log;

import static dev.farshore.schemas.log.Histories.header;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Readers that begin at a seed, and what they know of it. */
class SeedMarkTest {
    private static final LogCursor AT = new LogCursor(3, "a#j", true, 20, 200, 2000);

    @Provide
    Arbitrary<List<EventHeader>> histories() {
        return Histories.histories();
    }

    /** Whoever begins at a seed's start that counts judges all that follows like any other. */
    @Property
    void shouldJudgeLikeAReaderOfTheWholeLog(@ForAll("histories") List<EventHeader> log) {
        LogCursor whole = LogCursor.START;
        for (int begin = 0; begin < log.size(); begin++) {
            if (whole.judge(log.get(begin)) instanceof Verdict.Next(LogCursor after)) {
                whole = after;
                if (after.open() && !after.owner().contains(" ")) {
                    EventHeader started =
                            new EventHeader(
                                    "vol",
                                    after.epoch(),
                                    after.seq(),
                                    after.vmSeq(),
                                    EventKind.SEED_STARTED,
                                    0,
                                    0,
                                    after.totalBytes(),
                                    0,
                                    0,
                                    note(after.owner(), 1));
                    assertThat(LogCursor.beginningAt(started)).isEqualTo(after);
                    follow(log.subList(begin + 1, log.size()), after, started);
                }
            }
        }
    }

    private static void follow(List<EventHeader> log, LogCursor at, EventHeader started) {
        LogCursor whole = at;
        LogCursor begun = LogCursor.beginningAt(started);
        for (EventHeader event : log) {
            Verdict verdict = whole.judge(event);
            assertThat(begun.judge(event)).isEqualTo(verdict);
            if (verdict instanceof Verdict.Next(LogCursor after)) {
                whole = after;
                begun = after;
            }
        }
    }

    @Test
    void shouldBeginOnlyForward() {
        assertThat(AT.mayBeginAt(started(3, 21, "a#j"))).isTrue();
        assertThat(AT.mayBeginAt(started(3, 90, "a#j"))).isTrue();
        assertThat(AT.mayBeginAt(started(4, 5, "b#k"))).isTrue();
        assertThat(AT.mayBeginAt(started(3, 20, "a#j"))).as("seen").isFalse();
        assertThat(AT.mayBeginAt(started(2, 90, "b#k"))).as("of an earlier epoch").isFalse();
        assertThat(AT.mayBeginAt(header(3, 90, EventKind.WRITE, ""))).isFalse();
    }

    @Test
    void shouldFindOutThatItBeganAtAFencedSeed() {
        LogCursor begun = LogCursor.beginningAt(started(3, 20, "a#j"));
        assertThat(begun.isDisprovedBy(header(4, 15, EventKind.WRITE, ""))).isTrue();
        assertThat(begun.isDisprovedBy(header(4, 21, EventKind.FLUSH, ""))).isTrue();
        assertThat(begun.isDisprovedBy(header(3, 21, EventKind.WRITE, ""))).isFalse();
        assertThat(begun.isDisprovedBy(header(4, 30, EventKind.WRITE, "")))
                .as("its epoch's opening may be among what is missing")
                .isFalse();
        assertThat(begun.isDisprovedBy(header(4, 15, EventKind.EPOCH_OPENED, "b#k")))
                .as("an opening may lose")
                .isFalse();
    }

    @Test
    void shouldBeWholeOnlyAfterTheEndOfTheNewestSeed() {
        SeedMark first = SeedMark.base(started(3, 20, "a#j"), 700);
        assertThat(first.isIncomplete()).isTrue();
        EventHeader wrongEnd = header(3, 30, EventKind.SEED_FINISHED, "a#j reseed 19");
        assertThat(first.after(wrongEnd, 710).isIncomplete()).isTrue();
        SeedMark done = first.after(header(3, 30, EventKind.SEED_FINISHED, note("a#j", 20)), 710);
        assertThat(done.isIncomplete()).isFalse();
        assertThat(done.isBase()).as("believed until the next opening").isTrue();
        assertThat(done.after(header(4, 31, EventKind.EPOCH_OPENED, "b#k"), 720).isBase())
                .isFalse();
    }

    @Test
    void shouldStayWholeThroughASeedForOthersAndNotThroughAnImport() {
        SeedMark reseed = SeedMark.NONE.after(started(3, 20, "a#j"), 700);
        assertThat(reseed.isIncomplete()).isFalse();
        SeedMark disk =
                SeedMark.NONE.after(header(3, 20, EventKind.SEED_STARTED, "a#j import 20"), 700);
        assertThat(disk.isIncomplete()).isTrue();
        assertThat(disk.after(header(4, 21, EventKind.SEED_FINISHED, "a#z import 20"), 9))
                .as("ended by the same site with another journal")
                .matches(mark -> !mark.isIncomplete());
    }

    @Test
    void shouldReadItsOwnNotesAndNoOther() {
        List<SeedNote> notes = new ArrayList<>();
        for (SeedNote.Purpose purpose : SeedNote.Purpose.values()) {
            notes.add(new SeedNote("a#3f", purpose, 17));
        }
        assertThat(notes).allSatisfy(n -> assertThat(SeedNote.parse(n.toString())).isEqualTo(n));
        assertThat(SeedNote.parse("a#3f").id()).isZero();
        assertThat(SeedNote.parse("a#3f import many").id()).isZero();
        assertThat(SeedNote.parse("").id()).isZero();
    }

    private static EventHeader started(int epoch, long seq, String owner) {
        return header(epoch, seq, EventKind.SEED_STARTED, note(owner, seq));
    }

    private static String note(String owner, long id) {
        return new SeedNote(owner, SeedNote.Purpose.RESEED, id).toString();
    }
}
