package dev.farshore.node.folder;

import dev.farshore.apply.image.Image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * Places single images on other disks or on block devices, by a symbolic link in the images
 * directory. Superblocks stay in that directory.
 */
final class ImagePlaces {
    private ImagePlaces() {}

    /**
     * Makes the links that are missing. It moves no image.
     *
     * @param places file or block device by volume; a file need not be there yet
     * @throws IOException if an image is somewhere else already
     */
    static void link(Path directory, Map<String, Path> places) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, Path> entry : places.entrySet()) {
            Path link = Image.dataPath(directory, entry.getKey());
            Path place = entry.getValue().toAbsolutePath();
            if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                Files.createSymbolicLink(link, place);
            } else if (!Files.isSymbolicLink(link) || !Files.readSymbolicLink(link).equals(place)) {
                throw new IOException(
                        ("images.volumes puts the image of %s at %s, but it is at %s: move it there"
                                        + " and remove %s, or take the volume out of images.volumes")
                                .formatted(
                                        entry.getKey(),
                                        place,
                                        Files.isSymbolicLink(link)
                                                ? Files.readSymbolicLink(link)
                                                : link,
                                        link));
            }
        }
    }
}
