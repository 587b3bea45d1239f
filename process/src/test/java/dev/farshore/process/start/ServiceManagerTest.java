package dev.farshore.process.start;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Against a datagram socket of another program, as Java has none. */
class ServiceManagerTest {
    private static final String RECEIVER =
            """
            use Socket;
            my ($path, $messages) = @ARGV;
            $path =~ s/^@/\\0/;
            socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
            bind($socket, pack_sockaddr_un($path)) or die "bind: $!";
            $| = 1;
            print "listening\\n";
            for (1..$messages) { recv($socket, my $text, 4096, 0); $text =~ s/\\n/|/g; print "$text\\n" }
            """;

    @Test
    void shouldTellItsStateToASocketOfTheFileSystem(@TempDir Path folder) throws Exception {
        tellAndExpect(folder.resolve("notify").toString());
    }

    @Test
    void shouldTellItsStateToAnAbstractSocket() throws Exception {
        tellAndExpect("@farshore-notify-" + ProcessHandle.current().pid());
    }

    @Test
    void shouldDoNothingWithoutAServiceManager() {
        ServiceManager.of(Map.of()).ready("serves");
        ServiceManager.of(Map.of("NOTIFY_SOCKET", "")).ready("serves");
    }

    @Test
    void shouldGoOnWhenTheSocketIsGone(@TempDir Path folder) {
        ServiceManager.of(Map.of("NOTIFY_SOCKET", folder.resolve("none").toString()))
                .ready("serves");
    }

    private static void tellAndExpect(String socket) throws Exception {
        Process receiver = new ProcessBuilder("perl", "-e", RECEIVER, socket, "3").start();
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("listening");
            ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", socket));

            manager.status("waits for\nKafka\n");
            manager.ready("serves");
            manager.stopping("stops");

            assertThat(lines.lines().toList())
                    .containsExactly(
                            "STATUS=waits for Kafka",
                            "READY=1|STATUS=serves",
                            "STOPPING=1|STATUS=stops");
        } finally {
            receiver.destroy();
        }
    }
}
