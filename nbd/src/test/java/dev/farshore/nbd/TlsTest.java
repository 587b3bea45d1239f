package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;
import static dev.farshore.nbd.RealTools.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Random;

/** STARTTLS: off, optional, required; with certificates of the server and of clients. */
@Tag("slow")
class TlsTest {
    @TempDir static Path folder;

    private static TestAuthority authority;
    private static TlsPolicy.Credentials anyClient;
    private static TlsPolicy.Credentials knownClients;

    private final MemoryDevice device = new MemoryDevice(16 << 20);

    @BeforeAll
    static void issueCertificates() throws Exception {
        authority =
                new TestAuthority(folder.resolve("known"))
                        .issue("server", "serverAuth", "-keyalg", "EC", "-groupname", "secp256r1")
                        .issue("client", "clientAuth", "-keyalg", "RSA", "-keysize", "2048");
        Path certificate = authority.path("server-cert.pem");
        Path key = authority.path("server-key.pem");
        anyClient = PemCredentials.load(certificate, key, null);
        knownClients = PemCredentials.load(certificate, key, authority.path("ca-cert.pem"));
        TestAuthority other =
                new TestAuthority(folder.resolve("stranger"))
                        .issue("client", "clientAuth", "-keyalg", "RSA", "-keysize", "2048");
        // Strangers do trust the server; it is the server that must not trust them.
        Files.copy(
                authority.path("ca-cert.pem"),
                other.path("ca-cert.pem"),
                StandardCopyOption.REPLACE_EXISTING);
        Path anonymous = Files.createDirectories(folder.resolve("anonymous"));
        Files.copy(authority.path("ca-cert.pem"), anonymous.resolve("ca-cert.pem"));
    }

    private TestServer server(TlsPolicy policy) throws IOException {
        return new TestServer(device, NbdLimits.defaults(), policy);
    }

    private static String uri(TestServer server, String certificates) {
        return server.uri().replace("nbd://", "nbds://")
                + "?tls-certificates="
                + folder.resolve(certificates);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {OPT_LIST, OPT_INFO, OPT_GO, OPT_STRUCTURED_REPLY, OPT_SET_META_CONTEXT, 99})
    void shouldSayNothingBeforeTlsWhereItIsRequired(int option) throws IOException {
        try (TestServer server = server(new TlsPolicy.Required(anyClient));
                RawClient client = server.connect().greet()) {
            client.option(option, RawClient.exportRequest("disk"));
            assertThat(client.reply().type()).isEqualTo(REP_ERR_TLS_REQD);
            assertThat(client.option(OPT_ABORT).reply().type()).isEqualTo(REP_ACK);
        }
        assertThat(device.closes).hasValue(0);
    }

    @Test
    void shouldHangUpOnAnExportNameBeforeTlsWhereItIsRequired() throws IOException {
        try (TestServer server = server(new TlsPolicy.Required(anyClient));
                RawClient client = server.connect().greet()) {
            client.option(OPT_EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldServeInTheClearWhereTlsIsOptional() throws IOException {
        try (TestServer server = server(new TlsPolicy.Optional(anyClient))) {
            server.assertUnharmed();
        }
    }

    @Test
    void shouldNotTakeWhatIsSentInTheClearForSaidUnderTls() throws IOException {
        try (TestServer server = server(new TlsPolicy.Optional(anyClient));
                RawClient client = server.connect().greet()) {
            client.out.writeLong(OPTION_MAGIC);
            client.out.writeInt(OPT_STARTTLS);
            client.out.writeInt(0);
            client.option(OPT_LIST);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldHangUpWhenTlsComesToNothing() throws IOException {
        try (TestServer server = server(new TlsPolicy.Optional(anyClient));
                RawClient client = server.connect().greet().agree(OPT_STARTTLS)) {
            client.payload("this is no client hello".getBytes(StandardCharsets.UTF_8)).send();
            client.socket.shutdownOutput();
            // An alert may come first.
            client.in.readAllBytes();
        }
    }

    @Test
    void nbdinfoShouldUseTls() throws Exception {
        RealTools.require("nbdinfo");
        try (TestServer server = server(new TlsPolicy.Required(anyClient))) {
            assertThat(run("nbdinfo", uri(server, "anonymous")).assertSuccess().output())
                    .contains("newstyle-fixed with TLS");
            assertThat(run("nbdinfo", server.uri()).status()).isNotZero();
        }
    }

    @Test
    void shouldTurnAwayClientsWithoutACertificateOfTheAuthority() throws Exception {
        RealTools.require("nbdinfo");
        try (TestServer server = server(new TlsPolicy.Required(knownClients))) {
            assertThat(run("nbdinfo", uri(server, "anonymous")).status()).isNotZero();
            assertThat(run("nbdinfo", uri(server, "stranger")).status()).isNotZero();
            run("nbdinfo", uri(server, "known")).assertSuccess();
        }
    }

    @Test
    void nbdcopyShouldCopyBothWaysUnderTls() throws Exception {
        RealTools.require("nbdcopy");
        byte[] content = new byte[16 << 20];
        new Random(99).nextBytes(content);
        Path in = Files.write(folder.resolve("in.raw"), content);
        Path out = folder.resolve("out.raw");
        try (TestServer server = server(new TlsPolicy.Required(knownClients))) {
            run("nbdcopy", in.toString(), uri(server, "known")).assertSuccess();
            run("nbdcopy", uri(server, "known"), out.toString()).assertSuccess();
            assertThat(Arrays.mismatch(Files.readAllBytes(out), content)).isNegative();
        }
    }

    @Test
    void qemuImgShouldReadUnderTls() throws Exception {
        RealTools.require("qemu-img", "qemu-io");
        try (TestServer server = server(new TlsPolicy.Required(knownClients))) {
            String credentials =
                    "tls-creds-x509,id=tls0,endpoint=client,dir=" + folder.resolve("known");
            String image = qemuOptions(server);
            run("qemu-img", "info", "--object", credentials, "--image-opts", image).assertSuccess();
            run(
                            "qemu-io",
                            "--object",
                            credentials,
                            "--image-opts",
                            image,
                            "-c",
                            "write -P 7 0 4M",
                            "-c",
                            "read -P 7 0 4M",
                            "-c",
                            "flush")
                    .assertSuccess();
        }
    }

    @Test
    void qemuImgShouldConvertBothWaysUnderTls() throws Exception {
        RealTools.require("qemu-img");
        byte[] content = new byte[16 << 20];
        new Random(98).nextBytes(content);
        Path in = Files.write(folder.resolve("in.raw"), content);
        Path out = folder.resolve("out.raw");
        try (TestServer server = server(new TlsPolicy.Required(knownClients))) {
            String credentials =
                    "tls-creds-x509,id=tls0,endpoint=client,dir=" + folder.resolve("known");
            String target = qemuOptions(server);
            run(
                            "qemu-img",
                            "convert",
                            "--object",
                            credentials,
                            "-n",
                            "-f",
                            "raw",
                            "--target-image-opts",
                            in.toString(),
                            target)
                    .assertSuccess();
            run(
                            "qemu-img",
                            "convert",
                            "--object",
                            credentials,
                            "-O",
                            "raw",
                            "--image-opts",
                            target,
                            out.toString())
                    .assertSuccess();
            assertThat(Arrays.mismatch(Files.readAllBytes(out), content)).isNegative();
        }
    }

    @Test
    void qemuImgShouldFailUnderTlsWithoutACertificate() throws Exception {
        RealTools.require("qemu-img");
        try (TestServer server = server(new TlsPolicy.Required(knownClients))) {
            String credentials =
                    "tls-creds-x509,id=tls0,endpoint=client,dir=" + folder.resolve("anonymous");
            assertThat(
                            run(
                                            "qemu-img",
                                            "info",
                                            "--object",
                                            credentials,
                                            "--image-opts",
                                            qemuOptions(server))
                                    .status())
                    .isNotZero();
        }
    }

    @Test
    void nbdkitShouldPassAnExportOnThatItReachesUnderTls() throws Exception {
        RealTools.require("nbdkit", "nbdcopy");
        byte[] content = new byte[16 << 20];
        new Random(97).nextBytes(content);
        Path in = Files.write(folder.resolve("in.raw"), content);
        Path out = folder.resolve("out.raw");
        try (TestServer server = server(new TlsPolicy.Required(knownClients))) {
            int port = ((InetSocketAddress) server.address()).getPort();
            run(
                            "nbdkit",
                            "-U",
                            "-",
                            "nbd",
                            "hostname=127.0.0.1",
                            "port=" + port,
                            "export=disk",
                            "tls=require",
                            "tls-certificates=" + folder.resolve("known"),
                            "--run",
                            "nbdcopy %s \"$uri\" && nbdcopy \"$uri\" %s".formatted(in, out))
                    .assertSuccess();
            assertThat(Arrays.mismatch(Files.readAllBytes(out), content)).isNegative();
        }
    }

    private static String qemuOptions(TestServer server) {
        int port = ((InetSocketAddress) server.address()).getPort();
        return "driver=nbd,host=127.0.0.1,port=" + port + ",export=disk,tls-creds=tls0";
    }

    @Test
    void shouldUseAKeyThatIsWrittenTheOldWay() throws Exception {
        // PKCS#1, as GnuTLS's certtool writes it, is the innermost part of PKCS#8.
        byte[] pkcs8 = authority.key("client").getEncoded();
        byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
        Path key = folder.resolve("pkcs1.pem");
        Files.writeString(key, TestAuthority.pem("RSA PRIVATE KEY", pkcs1));
        assertThat(PemCredentials.load(authority.path("client-cert.pem"), key, null)).isNotNull();
    }

    @Test
    void shouldSayWhichFileIsOfNoUse() {
        Path certificate = authority.path("server-cert.pem");
        Path key = authority.path("server-key.pem");
        assertThatIOException()
                .isThrownBy(() -> PemCredentials.load(key, key, null))
                .withMessageContaining("no certificate in " + key);
        assertThatIOException()
                .isThrownBy(() -> PemCredentials.load(certificate, certificate, null))
                .withMessageContaining("no unencrypted private key in " + certificate);
        assertThatIOException()
                .isThrownBy(() -> PemCredentials.load(authority.path("client-cert.pem"), key, null))
                .withMessageContaining("client-cert.pem");
    }
}
