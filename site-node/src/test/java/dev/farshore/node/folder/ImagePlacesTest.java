package dev.farshore.node.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class ImagePlacesTest {
    @TempDir Path folder;

    @Test
    void shouldLinkToWhereAnImageIsAndLeaveItSo() throws IOException {
        Path place = folder.resolve("elsewhere.img");
        Path images = folder.resolve("images");

        ImagePlaces.link(images, Map.of("disk", place));
        ImagePlaces.link(images, Map.of("disk", place));

        assertThat(Files.readSymbolicLink(images.resolve("disk.img"))).isEqualTo(place);
        assertThat(place).doesNotExist();
    }

    @Test
    void shouldRefuseToForgetAnImageThatIsSomewhereElse() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        Files.writeString(images.resolve("file.img"), "data");
        ImagePlaces.link(images, Map.of("linked", folder.resolve("one")));

        assertThatThrownBy(() -> ImagePlaces.link(images, Map.of("file", folder.resolve("new"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it is at " + images.resolve("file.img"));
        assertThatThrownBy(() -> ImagePlaces.link(images, Map.of("linked", folder.resolve("two"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it is at " + folder.resolve("one"));
    }
}
