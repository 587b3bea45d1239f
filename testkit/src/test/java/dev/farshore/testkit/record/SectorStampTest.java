package dev.farshore.testkit.record;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;

class SectorStampTest {
    private static final int SECTORS = 3;

    @Property(tries = 100)
    void shouldTellWhichWriteEachSectorCameFrom(
            @ForAll @IntRange(min = 1) int volume,
            @ForAll @IntRange(min = 1) int write,
            @ForAll @LongRange(min = 0, max = 1L << 50) long sector) {
        ByteBuffer sectors = ByteBuffer.allocate(SECTORS * 512);
        SectorStamp.fill(sectors, volume, write, sector * 512);

        for (int each = 0; each < SECTORS; each++) {
            assertThat(SectorStamp.inspect(sectors, each * 512, volume, (sector + each) * 512))
                    .isEqualTo(write);
        }
    }

    @Property(tries = 1000)
    void shouldNoticeAnyFlippedBit(@ForAll @IntRange(min = 0, max = 512 * 8 - 1) int bit) {
        ByteBuffer sector = ByteBuffer.allocate(512);
        SectorStamp.fill(sector, 1, 77, 4096);
        sector.put(bit / 8, (byte) (sector.get(bit / 8) ^ 1 << bit % 8));

        assertThat(SectorStamp.inspect(sector, 0, 1, 4096)).isEqualTo(SectorStamp.OTHER);
    }

    @Test
    void shouldTellZeroesFromAlmostZeroes() {
        ByteBuffer sector = ByteBuffer.allocate(512);
        assertThat(SectorStamp.inspect(sector, 0, 1, 0)).isEqualTo(SectorStamp.ZEROES);

        sector.put(511, (byte) 1);
        assertThat(SectorStamp.inspect(sector, 0, 1, 0)).isEqualTo(SectorStamp.OTHER);
    }

    @Test
    void shouldSayOfASectorInTheWrongPlaceWhereItBelongs() {
        ByteBuffer sector = ByteBuffer.allocate(512);
        SectorStamp.fill(sector, 2, 77, 4096);

        assertThat(SectorStamp.inspect(sector, 0, 2, 8192)).isEqualTo(SectorStamp.OTHER);
        assertThat(SectorStamp.inspect(sector, 0, 1, 4096)).isEqualTo(SectorStamp.OTHER);
        assertThat(SectorStamp.describe(sector, 0, 1, 4096))
                .isEqualTo("write 77 of volume 2 at offset 4096");
    }

    @Test
    void shouldSayWhatElseASectorHolds() {
        ByteBuffer sector = ByteBuffer.allocate(512);
        assertThat(SectorStamp.describe(sector, 0, 1, 0)).isEqualTo("zeroes");
        SectorStamp.fill(sector, 1, 5, 0);
        assertThat(SectorStamp.describe(sector, 0, 1, 0)).isEqualTo("write 5");
        sector.put(400, (byte) (sector.get(400) + 1));
        assertThat(SectorStamp.describe(sector, 0, 1, 0)).isEqualTo("a damaged sector of write 5");
        sector.put(20, (byte) (sector.get(20) + 1));
        assertThat(SectorStamp.describe(sector, 0, 1, 0)).isEqualTo("a damaged stamp");
        sector.put(0, (byte) 0);
        assertThat(SectorStamp.describe(sector, 0, 1, 0))
                .isEqualTo("bytes that no write of the workload made");
    }
}
