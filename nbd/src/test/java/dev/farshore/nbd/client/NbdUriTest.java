package dev.farshore.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;

class NbdUriTest {
    @Test
    void shouldReadHostPortAndExport() {
        NbdUri uri = NbdUri.parse("nbd://127.0.0.1:10900/db-data");

        assertThat(uri.address()).isEqualTo(InetSocketAddress.createUnresolved("127.0.0.1", 10900));
        assertThat(uri.export()).isEqualTo("db-data");
    }

    @Test
    void shouldUseTheProtocolsPortWhenNoneIsGiven() {
        assertThat(NbdUri.parse("nbd://localhost/x").address())
                .isEqualTo(InetSocketAddress.createUnresolved("localhost", 10809));
    }

    @Test
    void shouldReadASocketPathWithItsEscapes() {
        NbdUri uri = NbdUri.parse("nbd+unix:///my%20disk?socket=/run/a+b%20c.sock");

        assertThat(uri.address()).isEqualTo(UnixDomainSocketAddress.of("/run/a+b c.sock"));
        assertThat(uri.export()).isEqualTo("my disk");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nbd://127.0.0.1:10900/db-data",
                "nbd://[::1]:10900/db-data",
                "nbd+unix:///db-data?socket=/run/farshore.sock",
                "nbd+unix:///?socket=/run/farshore.sock"
            })
    void shouldWriteWhatItReads(String text) {
        assertThat(NbdUri.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://x/y", "nbd:///y", "nbd+unix:///y", "nbd+unix:///y?path=/z", "a b"})
    void shouldSayWhatIsWrongWithOther(String text) {
        assertThatThrownBy(() -> NbdUri.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not an NBD URI: " + text);
    }
}
