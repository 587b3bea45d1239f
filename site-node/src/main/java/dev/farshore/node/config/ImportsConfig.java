package dev.farshore.node.config;

import dev.farshore.capture.seed.ImportRules;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.nio.file.Path;
import java.util.List;

/** What disk images may be imported. */
final class ImportsConfig {
    private static final Key.Value<List<String>> FOLDERS = Key.texts("folders");
    private static final Key.Value<Boolean> BACKING_FILES = Key.flag("backingFiles");
    static final Key.Group IMPORTS = Key.group("imports", FOLDERS, BACKING_FILES);

    private ImportsConfig() {}

    static ImportRules from(Section file) {
        Section section = file.section(IMPORTS);
        return section.build(
                () ->
                        new ImportRules(
                                section.get(FOLDERS, List.of()).stream()
                                        .map(ImportsConfig::folder)
                                        .toList(),
                                section.get(BACKING_FILES, false)));
    }

    private static Path folder(String text) {
        Path folder = Path.of(text);
        if (!folder.isAbsolute()) {
            throw new InvalidValueException(
                    FOLDERS, "'%s' is not absolute".formatted(text), "folders from / on");
        }
        return folder;
    }
}
