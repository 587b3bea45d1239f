package dev.farshore.apply.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;

@EnabledOnOs(OS.LINUX)
class DataFinderTest {
    private static final int BLOCK = 1 << 16;
    private static final long SIZE_BYTES = 1L << 40;

    @TempDir private Path folder;

    @Test
    void shouldFindDataThatIsNotOnTheDiskYetAndHolesThatWerePunched() throws IOException {
        try (RawFile file = RawFile.open(folder.resolve("v.img"))) {
            file.resize(SIZE_BYTES);
            assertThat(file.nextData(0, SIZE_BYTES)).isEqualTo(SIZE_BYTES);
            assertThat(file.nextHole(0, SIZE_BYTES)).isZero();

            file.write(3 * BLOCK, ByteBuffer.allocate(2 * BLOCK));
            assertThat(file.nextData(0, SIZE_BYTES)).isEqualTo(3 * BLOCK);
            assertThat(file.nextHole(3 * BLOCK, SIZE_BYTES)).isEqualTo(5 * BLOCK);
            assertThat(file.nextHole(3 * BLOCK, 4 * BLOCK)).isEqualTo(4 * BLOCK);

            file.zero(3 * BLOCK, BLOCK);
            assertThat(file.nextData(0, SIZE_BYTES)).isEqualTo(4 * BLOCK);
            assertThat(file.nextData(5 * BLOCK, SIZE_BYTES)).isEqualTo(SIZE_BYTES);
            // A volume that has grown and whose image has not yet.
            assertThat(file.nextData(SIZE_BYTES + BLOCK, SIZE_BYTES + 2 * BLOCK))
                    .isEqualTo(SIZE_BYTES + 2 * BLOCK);
        }
    }

    @Test
    void shouldCallABlockDeviceData() throws IOException {
        try (RawFile file = RawFile.open(folder.resolve("v.img"));
                DataFinder device = DataFinder.open(folder.resolve("v.img"), true)) {
            file.resize(SIZE_BYTES);
            assertThat(device.nextData(BLOCK, SIZE_BYTES)).isEqualTo(BLOCK);
            assertThat(device.nextHole(BLOCK, SIZE_BYTES)).isEqualTo(SIZE_BYTES);
        }
    }

    /** Its descriptor's number may be another file's by then. */
    @Test
    void shouldSayNothingOnceItIsClosed() throws IOException {
        RawFile file = RawFile.open(folder.resolve("v.img"));
        file.resize(SIZE_BYTES);
        file.close();
        assertThatThrownBy(() -> file.nextData(0, SIZE_BYTES))
                .isInstanceOf(ClosedChannelException.class);
    }
}
