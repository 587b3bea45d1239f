import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Checks ({@code check}) or rewrites ({@code apply}) the format of every Java file below a folder.
 *
 * <p>Run as a source file by the toolchain's JDK: a formatter parses with the compiler of the JVM
 * it runs in, and Maven itself may run on a JDK too old for the language level of this project.
 */
class Format {
    public static void main(String[] args) throws Exception {
        boolean apply = args[0].equals("apply");
        Path root = Path.of(args[1]);
        Formatter formatter =
                new Formatter(
                        JavaFormatterOptions.builder()
                                .style(JavaFormatterOptions.Style.AOSP)
                                .build());
        List<Path> wrong =
                javaFiles(root).parallelStream()
                        .filter(file -> isWrong(formatter, file, apply))
                        .map(root::relativize)
                        .toList();
        if (apply) {
            wrong.forEach(file -> System.out.println("formatted " + file));
        } else if (!wrong.isEmpty()) {
            wrong.forEach(file -> System.err.println("not formatted: " + file));
            System.err.println("To format: ./farshore format");
            System.exit(1);
        }
    }

    private static boolean isWrong(Formatter formatter, Path file, boolean apply) {
        try {
            String before = Files.readString(file);
            String after =
                    formatter.formatSource(
                            ImportOrderer.reorderImports(
                                    RemoveUnusedImports.removeUnusedImports(before),
                                    JavaFormatterOptions.Style.AOSP));
            boolean isWrong = !before.equals(after);
            if (isWrong && apply) {
                Files.writeString(file, after);
            }
            return isWrong;
        } catch (IOException | FormatterException e) {
            throw new IllegalStateException(file + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> javaFiles(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !root.relativize(file).toString().contains("target/"))
                    .sorted()
                    .toList();
        }
    }
}
