package dev.farshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.concurrent.CompletionException;

class MainTest {
    private final StringWriter err = new StringWriter();
    private final Locale format = Locale.getDefault(Locale.Category.FORMAT);

    @AfterEach
    void restoreLocale() {
        Locale.setDefault(Locale.Category.FORMAT, format);
    }

    @ParameterizedTest
    @CsvSource({
        "bookmark shop before-upgrade, farshore bookmark, migrate",
        "bookmark vm x, farshore bookmark, migrate",
        "--verbose mount, farshore mount, migrate",
        "volume eat db, farshore volume eat, resize"
    })
    void shouldSayThatThereIsNoSuchCommandAndWhichThereAre(
            String line, String missing, String existing) {
        assertThat(run(line.split(" "))).isEqualTo(2);

        assertThat(err.toString())
                .contains("there is no command '" + missing + "'")
                .contains(existing)
                .doesNotContain("Did you mean");
    }

    @Test
    void shouldExplainAnUnknownOptionAsEver() {
        assertThat(run("lag", "--wach")).isEqualTo(2);
        assertThat(err.toString()).contains("Unknown option: '--wach'");
    }

    @Test
    void shouldSayAReasonOnce() {
        ConnectException refused = new ConnectException();
        refused.initCause(
                new ConnectException().initCause(new java.nio.channels.ClosedChannelException()));

        report(new IOException("no answer (connection refused)", refused));

        assertThat(err.toString())
                .containsOnlyOnce("onnection refused")
                .doesNotContain("Exception");
    }

    @Test
    void shouldNotRepeatTheClassesThatAFailureWasWrappedIn() {
        report(
                new IOException(
                        "journal can't be made",
                        new CompletionException(new NoSuchFileException("/data/j"))));

        assertThat(err.toString())
                .isEqualToNormalizingNewlines(
                        """
                        farshore: journal can't be made
                          because: /data/j: no such file or folder
                        """);
    }

    /** Under such a locale endpoints, file names and numbers would have other digits. */
    @Test
    void shouldWriteNumbersAlikeWhateverTheUsersLanguage() {
        Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag("ar-EG-u-nu-arab"));
        assertThat("%d".formatted(10_809)).as("what would be").isNotEqualTo("10809");

        Main.useOneLocale();

        assertThat("%d %.1f".formatted(10_809, 0.5)).isEqualTo("10809 0.5");
    }

    private void report(Exception failure) {
        ErrorReport.print(failure, new PrintWriter(err, true), false);
    }

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
