package dev.farshore.nbd;

import static dev.farshore.nbd.BlockStatusSource.BASE_ALLOCATION;
import static dev.farshore.nbd.NbdProtocol.*;
import static dev.farshore.nbd.RawClient.contextRequest;
import static dev.farshore.nbd.RawClient.exportRequest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.nbd.RawClient.OptionReply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

class NegotiationTest {
    private static final int MODERN_FLAGS =
            FLAG_HAS_FLAGS
                    | FLAG_SEND_FLUSH
                    | FLAG_SEND_FUA
                    | FLAG_SEND_TRIM
                    | FLAG_SEND_WRITE_ZEROES
                    | FLAG_SEND_FAST_ZERO
                    | FLAG_CAN_MULTI_CONN
                    | FLAG_SEND_CACHE;

    private final MemoryDevice device = new MemoryDevice(TestServer.SIZE_BYTES);
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(device);
    }

    @AfterEach
    void closeUnharmed() throws IOException {
        server.assertUnharmed();
        server.close();
    }

    @Test
    void shouldGreetAsAFixedNewstyleServer() throws IOException {
        try (RawClient client = server.connect()) {
            assertThat(client.in.readLong()).isEqualTo(INIT_PASSWD_MAGIC);
            assertThat(client.in.readLong()).isEqualTo(OPTION_MAGIC);
            assertThat(client.in.readShort())
                    .isEqualTo((short) (FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES));
        }
    }

    @Test
    void shouldHangUpOnUnknownClientFlags() throws IOException {
        try (RawClient client = server.connect().greet(1 << 5)) {
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldHangUpOnAnOptionThatIsNone() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.payload(new byte[64]).send();
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, OPT_PEEK_EXPORT, 12, 77, -1})
    void shouldGoOnAfterAnUnknownOption(int option) throws IOException {
        try (RawClient client = server.connect().greet()) {
            OptionReply reply = client.option(option, new byte[33]).reply();
            assertThat(reply.option()).isEqualTo(option);
            assertThat(reply.type()).isEqualTo(REP_ERR_UNSUP);
            client.go("disk");
        }
    }

    @Test
    void shouldRefuseAnOptionOfAbsurdLengthAndGoOn() throws IOException {
        try (RawClient client = server.connect().greet()) {
            OptionReply reply = client.option(OPT_GO, new byte[3 << 20]).reply();
            assertThat(reply.type()).isEqualTo(REP_ERR_TOO_BIG);
            client.go("disk");
        }
    }

    @Test
    void shouldHangUpOnAnOptionTooLongToBeMeant() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.out.writeLong(OPTION_MAGIC);
            client.out.writeInt(OPT_GO);
            client.out.writeInt(-1);
            client.send();
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldListExportsWithDescriptions() throws IOException {
        try (RawClient client = server.connect().greet()) {
            ByteBuffer data = client.option(OPT_LIST).reply().bytes();
            byte[] name = new byte[data.getInt()];
            data.get(name);
            assertThat(new String(name, StandardCharsets.UTF_8)).isEqualTo("disk");
            assertThat(StandardCharsets.UTF_8.decode(data).toString())
                    .isEqualTo("a disk of the tests");
            assertThat(client.reply().type()).isEqualTo(REP_ACK);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {OPT_LIST, OPT_STRUCTURED_REPLY, OPT_EXTENDED_HEADERS, OPT_STARTTLS})
    void shouldRefuseDataWhereAnOptionHasNone(int option) throws IOException {
        try (RawClient client = server.connect().greet()) {
            OptionReply reply = client.option(option, new byte[] {1, 2, 3}).reply();
            assertThat(reply.type()).isEqualTo(REP_ERR_INVALID);
            client.go("disk");
        }
    }

    @Test
    void shouldTellEverythingAboutAnExport() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.option(OPT_INFO, exportRequest("disk", INFO_NAME, INFO_DESCRIPTION, 999));
            ByteBuffer export = client.reply().bytes();
            assertThat(export.getShort()).isEqualTo((short) INFO_EXPORT);
            assertThat(export.getLong()).isEqualTo(TestServer.SIZE_BYTES);
            assertThat(export.getShort()).isEqualTo((short) MODERN_FLAGS);
            ByteBuffer blockSize = client.reply().bytes();
            assertThat(blockSize.getShort()).isEqualTo((short) INFO_BLOCK_SIZE);
            assertThat(blockSize.getInt()).isEqualTo(512);
            assertThat(blockSize.getInt()).isEqualTo(4096);
            assertThat(blockSize.getInt()).isEqualTo(32 << 20);
            assertThat(client.reply().text()).endsWith("disk");
            assertThat(client.reply().text()).endsWith("a disk of the tests");
            assertThat(client.reply().type()).isEqualTo(REP_ACK);
        }
    }

    @Test
    void shouldSayThatAnExportIsUnknownAndGoOn() throws IOException {
        try (RawClient client = server.connect().greet()) {
            OptionReply reply = client.option(OPT_GO, exportRequest("dusk")).reply();
            assertThat(reply.type()).isEqualTo(REP_ERR_UNKNOWN);
            assertThat(reply.text()).isEqualTo("there is no export dusk");
            client.go("disk");
        }
    }

    @Test
    void shouldRefuseANameLongerThanItsOption() throws IOException {
        byte[] data = exportRequest("disk");
        ByteBuffer.wrap(data).putInt(0, 4000);
        assertInvalid(OPT_GO, data);
        ByteBuffer.wrap(data).putInt(0, -4);
        assertInvalid(OPT_GO, data);
    }

    @Test
    void shouldRefuseMoreInformationRequestsThanThereIsRoomFor() throws IOException {
        byte[] data = exportRequest("disk");
        ByteBuffer.wrap(data).putShort(data.length - 2, (short) 9);
        assertInvalid(OPT_INFO, data);
    }

    @Test
    void shouldRefuseANameThatIsNoString() throws IOException {
        assertInvalid(OPT_GO, exportRequest("a\0b"));
        byte[] data = exportRequest("disk");
        data[4] = (byte) 0xff;
        assertInvalid(OPT_GO, data);
        assertInvalid(OPT_GO, exportRequest("x".repeat(4097)));
    }

    private void assertInvalid(int option, byte[] data) throws IOException {
        try (RawClient client = server.connect().greet().agree(OPT_STRUCTURED_REPLY)) {
            assertThat(client.option(option, data).reply().type()).isEqualTo(REP_ERR_INVALID);
            client.go("disk");
        }
    }

    @Test
    void shouldServeAnOldClientByExportName() throws IOException {
        try (RawClient client = server.connect().greet(FLAG_C_FIXED_NEWSTYLE)) {
            client.option(OPT_EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
            assertThat(client.in.readLong()).isEqualTo(TestServer.SIZE_BYTES);
            assertThat(client.in.readShort()).isEqualTo((short) MODERN_FLAGS);
            assertThat(client.in.readNBytes(124)).containsOnly(0);
            client.request(CMD_FLUSH, 0, 1, 0, 0).send();
            assertThat(client.simpleReply().error()).isZero();
        }
    }

    @Test
    void shouldLeaveOutTheZeroesIfAgreed() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.option(OPT_EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
            client.in.readNBytes(10);
            client.request(CMD_FLUSH, 0, 1, 0, 0).send();
            assertThat(client.simpleReply().error()).isZero();
        }
    }

    @Test
    void shouldHangUpWhenAnExportNameCantBeServed() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.option(OPT_EXPORT_NAME, "dusk".getBytes(StandardCharsets.UTF_8));
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldLetTheClientAbort() throws IOException {
        try (RawClient client = server.connect().greet()) {
            assertThat(client.option(OPT_ABORT).reply().type()).isEqualTo(REP_ACK);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldOpenAnExportOnceForAllOptionsAboutIt() throws IOException {
        try (RawClient client = server.connect().greet().agree(OPT_STRUCTURED_REPLY)) {
            client.select("disk", BASE_ALLOCATION);
            client.option(OPT_INFO, exportRequest("disk")).finalReply();
            client.go("disk");
            assertThat(server.exports.clients).hasSize(1);
            assertThat(device.closes).hasValue(0);
        }
    }

    @Test
    void shouldCloseAnExportThatWasOnlyAskedAbout() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.option(OPT_INFO, exportRequest("disk")).finalReply();
            client.option(OPT_ABORT).reply();
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(device.closes).hasValue(1);
    }

    @Test
    void shouldOfferDontFragmentOnlyWithStructuredReplies() throws IOException {
        try (RawClient client = server.connect().greet()) {
            assertThat(flagsOfDisk(client) & FLAG_SEND_DF).isZero();
            client.agree(OPT_STRUCTURED_REPLY);
            assertThat(flagsOfDisk(client) & FLAG_SEND_DF).isNotZero();
        }
    }

    private static int flagsOfDisk(RawClient client) throws IOException {
        client.option(OPT_INFO, exportRequest("disk"));
        int flags = client.reply().bytes().getShort(10);
        client.finalReply();
        return flags;
    }

    @Test
    void shouldNotGoBackFromExtendedHeaders() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.agree(OPT_STRUCTURED_REPLY).agree(OPT_EXTENDED_HEADERS);
            assertThat(client.option(OPT_STRUCTURED_REPLY).reply().type())
                    .isEqualTo(REP_ERR_EXT_HEADER_REQD);
            assertThat(client.option(OPT_EXTENDED_HEADERS).reply().type())
                    .isEqualTo(REP_ERR_INVALID);
        }
    }

    @Test
    void shouldOfferAPayloadOfBlockStatusOnlyWithContextsAndExtendedHeaders() throws IOException {
        try (RawClient client = server.connect().greet().agree(OPT_STRUCTURED_REPLY)) {
            client.select("disk", BASE_ALLOCATION);
            assertThat(flagsOfDisk(client) & FLAG_BLOCK_STATUS_PAYLOAD).isZero();
            client.agree(OPT_EXTENDED_HEADERS);
            assertThat(flagsOfDisk(client) & FLAG_BLOCK_STATUS_PAYLOAD).isNotZero();
            client.select("disk");
            assertThat(flagsOfDisk(client) & FLAG_BLOCK_STATUS_PAYLOAD).isZero();
        }
    }

    @Test
    void shouldListContextsByNameByNamespaceAndAll() throws IOException {
        try (RawClient client = server.connect().greet()) {
            assertThat(listed(client)).containsExactly(BASE_ALLOCATION, "test:pages");
            assertThat(listed(client, "base:")).containsExactly(BASE_ALLOCATION);
            assertThat(listed(client, "test:pages", "other:x")).containsExactly("test:pages");
            assertThat(listed(client, "test:pag")).isEmpty();
        }
    }

    private static List<String> listed(RawClient client, String... queries) throws IOException {
        client.option(OPT_LIST_META_CONTEXT, contextRequest("disk", queries));
        List<String> names = new ArrayList<>();
        OptionReply reply = client.reply();
        while (reply.type() == REP_META_CONTEXT) {
            names.add(reply.text().substring(4));
            reply = client.reply();
        }
        assertThat(reply.type()).isEqualTo(REP_ACK);
        return names;
    }

    @Test
    void shouldSelectContextsEachWithItsOwnId() throws IOException {
        try (RawClient client = server.connect().greet().agree(OPT_STRUCTURED_REPLY)) {
            client.option(
                    OPT_SET_META_CONTEXT,
                    contextRequest("disk", "test:", "test:pages", "base:allocation", "base:x"));
            OptionReply first = client.reply();
            OptionReply second = client.reply();
            assertThat(first.text()).endsWith("test:pages");
            assertThat(second.text()).endsWith("base:allocation");
            assertThat(first.bytes().getInt()).isNotEqualTo(second.bytes().getInt());
            assertThat(client.reply().type()).isEqualTo(REP_ACK);
        }
    }

    @Test
    void shouldRefuseContextsWithoutStructuredReplies() throws IOException {
        try (RawClient client = server.connect().greet()) {
            client.option(OPT_SET_META_CONTEXT, contextRequest("disk", "base:allocation"));
            assertThat(client.reply().type()).isEqualTo(REP_ERR_INVALID);
        }
    }

    @Test
    void shouldRefuseAMalformedContextQuery() throws IOException {
        assertInvalid(OPT_SET_META_CONTEXT, contextRequest("disk", "noNamespace"));
        byte[] tooMany = contextRequest("disk", "base:allocation");
        ByteBuffer.wrap(tooMany).putInt(8, -1);
        assertInvalid(OPT_LIST_META_CONTEXT, tooMany);
    }

    @Test
    void shouldForgetSelectedContextsWhenSelectingFails() throws IOException {
        try (RawClient client = server.connect().greet().agree(OPT_STRUCTURED_REPLY)) {
            client.select("disk", BASE_ALLOCATION);
            client.option(OPT_SET_META_CONTEXT, contextRequest("dusk", "base:allocation"));
            assertThat(client.finalReply().type()).isEqualTo(REP_ERR_UNKNOWN);
            client.go("disk");
            client.request(CMD_BLOCK_STATUS, 0, 1, 0, 4096).send();
            assertThat(client.chunk().error()).isEqualTo(EINVAL);
        }
    }

    @Test
    void shouldSayThatThereIsNoTls() throws IOException {
        try (RawClient client = server.connect().greet()) {
            assertThat(client.option(OPT_STARTTLS).reply().type()).isEqualTo(REP_ERR_POLICY);
            client.go("disk");
        }
    }
}
