package dev.farshore.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.farshore.cli.run.NodeCommand;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.stream.Stream;

class CommandsTest {

    /** A root like the real one: messages of exceptions on stderr, status 1. */
    @Command(
            name = "farshore",
            subcommands = {
                VolumeCommand.class,
                VmCommand.class,
                SiteCommand.class,
                MigrateCommand.class,
                LagCommand.class,
                NodeCommand.class
            })
    private static final class Root {}

    private static final String VOLUME =
            """
            {"name":"data","vm":"shop","sizeBytes":34359738368,"owner":"a","epoch":3,\
            "phase":"OPEN","durability":"log","journalBytes":268435456,"partition":1,\
            "created":"2026-01-01T00:00:00Z","images":[{"site":"b","node":"b-1","health":"GAP",\
            "reason":"expected 7, found 9","epoch":3,"open":true,"epochOwner":"a","appliedSeq":6,\
            "hardenedSeq":6,"hardenedVmSeq":6,"endpoint":"","reported":"2026-01-01T00:00:01Z",\
            "lag":{"volume":"data","vm":"shop","site":"b","owner":"a","events":3,"bytes":1536,\
            "seconds":1.5,"state":"SLOW"}}],"somethingNewer":1}""";

    private final StubCoordinator coordinator;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    CommandsTest() throws IOException {
        coordinator = new StubCoordinator();
    }

    @AfterEach
    void stop() {
        coordinator.close();
    }

    private static final String NOT_SERVED =
            VOLUME.replace(
                    "\"somethingNewer\"",
                    "\"notServed\":[{\"site\":\"a\",\"node\":\"a-1\",\"reason\":\"no room for journal\","
                            + "\"told\":\"2026-01-01T00:00:02Z\"}],\"somethingNewer\"");

    @Test
    void shouldSayWhyANewVolumeIsNotServed() {
        coordinator.on("POST /api/v1/volumes", 201, VOLUME);
        coordinator.on("GET /api/v1/volumes/data", 200, NOT_SERVED);

        assertThat(run("volume", "create", "data", "--size", "32GiB", "--site", "a")).isZero();

        assertThat(err.toString())
                .contains(
                        "volume data is created and not served yet: a-1 says: no room for journal");
        assertThat(out.toString()).contains("NOT SERVED AT");
    }

    @Test
    void shouldShowWhyAVolumeIsNotServed() {
        coordinator.on("GET /api/v1/volumes/data", 200, NOT_SERVED);

        assertThat(run("volume", "show", "data")).isZero();

        assertThat(out.toString()).contains("NOT SERVED AT", "a-1", "no room for journal");
    }

    @Test
    void shouldCreateAVolumeAndShowItWhenItIsServed() {
        coordinator.on("POST /api/v1/volumes", 201, VOLUME);
        String served = "\"owner\":\"b\",\"epoch\":3,\"phase\"";
        coordinator.on(
                "GET /api/v1/volumes/data",
                200,
                VOLUME.replace("\"owner\":\"a\",\"epoch\":3,\"phase\"", served)
                        .replace("\"endpoint\":\"\"", "\"endpoint\":\"\",\"notServed\":\"\""));

        assertThat(run("volume", "create", "data", "--size", "32GiB", "--site", "b")).isZero();

        assertThat(err.toString()).isEmpty();
        assertThat(coordinator.requests()).hasSize(2);
    }

    @Test
    void shouldCreateAVolumeAndShowIt() {
        coordinator.on("POST /api/v1/volumes", 201, VOLUME);
        coordinator.on("GET /api/v1/volumes/data", 200, NOT_SERVED);

        assertThat(run("volume", "create", "data", "--size", "32GiB", "--site", "a")).isZero();

        assertThat(coordinator.requests())
                .first()
                .asString()
                .contains("\"name\":\"data\"", "\"sizeBytes\":34359738368", "\"site\":\"a\"");
        assertThat(out.toString())
                .contains("32 GiB", "shop", "GAP: expected 7, found 9", "open at a");
    }

    @Test
    void shouldShowAHotCopyThatIsFaulty() {
        coordinator.on(
                "GET /api/v1/volumes/data",
                200,
                VOLUME.replace(
                        "\"somethingNewer\"",
                        "\"faultyCopies\":[{\"site\":\"b\",\"node\":\"b-2\",\"active\":false,"
                                + "\"health\":\"FAULTED\",\"reason\":\"No space left on device\","
                                + "\"told\":\"2026-01-01T00:00:02Z\"}],\"somethingNewer\""));

        assertThat(run("volume", "show", "data")).isZero();

        assertThat(out.toString()).contains("b-2", "stands by", "FAULTED: No space left on device");
    }

    @Test
    void shouldAskTheSitesNodeForDirtyBlocks() {
        String image = "\"endpoint\":\"\",\"httpUrl\":\"%s\"";
        coordinator
                .on(
                        "GET /api/v1/volumes/data",
                        200,
                        VOLUME.replace("\"endpoint\":\"\"", image.formatted(coordinator.url())))
                .on(
                        "GET /api/v1/volumes/data/dirty",
                        200,
                        """
                        {"source":{"isComplete":true},"extents":[{"offset":4096,"length":512,\
                        "seq":7,"kind":"zeroes"}],"next":8192}""");

        assertThat(run("volume", "dirty", "data", "--site", "b", "--limit", "1")).isZero();

        assertThat(out.toString().lines())
                .containsExactly(
                        "OFFSET  LENGTH  SEQ  KIND",
                        "  4096     512    7  zeroes",
                        "More from --offset 8192");
        assertThat(run("volume", "dirty", "data", "--site", "c")).isEqualTo(1);
        assertThat(err.toString()).contains("site c has no image of volume data");
    }

    @Test
    void shouldSayThatTheSitesNodeHasNoHttp() {
        coordinator.on(
                "GET /api/v1/volumes/data",
                200,
                VOLUME.replace("\"endpoint\":\"\"", "\"endpoint\":\"\",\"httpUrl\":\"\""));

        assertThat(run("volume", "dirty", "data", "--site", "b")).isEqualTo(1);

        assertThat(err.toString())
                .contains("node b-1 of site b does not answer HTTP", "http.listen");
    }

    @Test
    void shouldSendWhatIsToBeSetOfAVolume() {
        coordinator.on("PATCH /api/v1/volumes/data", 200, VOLUME);
        coordinator.on("POST /api/v1/volumes/data/resize", 202, VOLUME);

        assertThat(run("volume", "set", "data", "--durability", "remote")).isZero();
        assertThat(run("volume", "resize", "data", "--size", "20G")).isZero();
        assertThat(run("volume", "set", "data")).isEqualTo(2);

        assertThat(coordinator.requests().get(0)).contains("\"durability\":\"remote\"");
        assertThat(coordinator.requests().get(1))
                .contains("\"sizeBytes\":21474836480", "\"force\":false");
        assertThat(coordinator.requests()).hasSize(2);
    }

    @Test
    void shouldAskForSeeds() {
        coordinator.on("POST /api/v1/volumes/data/import", 202, VOLUME);
        coordinator.on("POST /api/v1/volumes/data/reseed", 202, VOLUME);
        coordinator.on("POST /api/v1/volumes", 201, VOLUME);

        assertThat(run("volume", "import", "data", "--from", "/d/old.qcow2")).isZero();
        assertThat(run("volume", "reseed", "data", "--bytes-per-second", "1MiB")).isZero();
        assertThat(
                        run(
                                "volume", "import", "data", "--from", "/d/x", "--site", "a",
                                "--size", "1GiB"))
                .isZero();
        assertThat(run("volume", "import", "data")).isEqualTo(2);

        assertThat(coordinator.requests().get(0))
                .contains("\"path\":\"/d/old.qcow2\"", "\"format\":\"qcow2\"");
        assertThat(coordinator.requests().get(1)).contains("\"bytesPerSecond\":1048576");
        assertThat(coordinator.requests().get(2))
                .contains("\"site\":\"a\"", "\"path\":\"/d/x\"", "\"format\":\"raw\"");
    }

    @Test
    void shouldSlowAVmAndShowTheEffect() {
        String slowed =
                vm("null")
                        .replaceFirst(
                                "\\}\\s*$",
                                ",\"throttle\":{\"bytesPerSecond\":10485760,\"writesPerSecond\":0,"
                                        + "\"effect\":{\"bytesPerSecond\":10485760,\"writesPerSecond\":0,"
                                        + "\"writtenBytesPerSecond\":10400000,\"writtenPerSecond\":2539,"
                                        + "\"heldWrites\":77,\"heldSeconds\":1.25}}}");
        coordinator.on("PUT /api/v1/vms/shop/throttle", 200, slowed);

        assertThat(run("vm", "throttle", "shop", "--bytes-per-second", "10MiB")).isZero();

        assertThat(coordinator.requests().getFirst())
                .contains("\"bytesPerSecond\":10485760", "\"writesPerSecond\":null");
        assertThat(out.toString()).contains("in force", "10400000", "77 writes");
        assertThat(run("vm", "throttle", "shop")).isEqualTo(2);
        assertThat(run("vm", "throttle", "shop", "--off", "--writes-per-second", "5")).isEqualTo(2);
        assertThat(run("vm", "throttle", "shop", "--off")).isZero();
    }

    @Test
    void shouldPrintJsonForPrograms() throws IOException {
        coordinator.on("GET /api/v1/volumes", 200, "[" + VOLUME + "]");

        assertThat(run("volume", "list", "--json")).isZero();

        JsonNode volumes = new ObjectMapper().readTree(out.toString());
        assertThat(volumes.path(0).path("images").path(0).path("hardenedSeq").asInt()).isEqualTo(6);
    }

    @Test
    void shouldShowAVolumeWhoseNameNeedsEscapingWithoutHarm() {
        coordinator.on(
                "GET /api/v1/volumes/..%2Fvms", 404, problem("Not found", "there is no volume"));

        assertThat(run("volume", "show", "../vms")).isEqualTo(1);
    }

    @Test
    void shouldForgetASite() {
        coordinator.on(
                "DELETE /api/v1/sites/mistyped",
                200,
                "{\"site\":\"mistyped\",\"volumes\":[\"data\"],\"nodes\":[]}");

        assertThat(run("site", "forget", "mistyped")).isZero();

        assertThat(out.toString()).contains("Site mistyped is forgotten: images of 1 volumes");
    }

    @Test
    void shouldMakeAVmOfSeveralVolumes() {
        coordinator.on("POST /api/v1/vms", 201, vm("null"));

        assertThat(run("vm", "create", "shop", "--volume", "data,root", "--volume", "wal"))
                .isZero();

        assertThat(coordinator.requests().getFirst())
                .contains("\"volumes\":[\"data\",\"root\",\"wal\"]");
    }

    @Test
    void shouldListVmsAndSayWhichAreMoving() {
        coordinator.on("GET /api/v1/vms", 200, "[" + vm("\"shop-2\"") + "]");

        assertThat(run("vm", "list")).isZero();

        assertThat(out.toString()).contains("shop-2", "data");
    }

    @Test
    void shouldSayWhatTheCoordinatorRefusesAndExitWith1() {
        coordinator.on(
                "POST /api/v1/vms/shop/migrations",
                409,
                problem("Conflicts with the present state", "VM 'shop' is moving already"));

        assertThat(run("migrate", "shop", "--to", "b")).isEqualTo(1);

        assertThat(err.toString())
                .contains("Conflicts with the present state: VM 'shop' is moving already");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldWaitForTheEndAndTellTheSteps() {
        coordinator
                .on("POST /api/v1/vms/shop/migrations", 202, migration("STARTED", false))
                .on("GET /api/v1/migrations/shop-1", 200, migration("CATCHING_UP", false))
                .on("GET /api/v1/migrations/shop-1", 200, migration("SEALING", false))
                .on("GET /api/v1/migrations/shop-1", 200, migration("FINISHED", true));

        assertThat(run("migrate", "shop", "--to", "b", "--wait")).isZero();

        assertThat(out.toString())
                .containsSubsequence("STARTED", "CATCHING_UP", "SEALING", "FINISHED")
                .contains("VM shop runs at b. Writes were held for 60 ms");
    }

    @Test
    void shouldExitWith1WhenTheMigrationIsRolledBack() {
        coordinator
                .on("POST /api/v1/vms/shop/migrations", 202, migration("STARTED", false))
                .on("GET /api/v1/migrations/shop-1", 200, migration("ROLLED_BACK", true));

        assertThat(run("migrate", "shop", "--to", "b", "--wait")).isEqualTo(1);

        assertThat(err.toString()).contains("VM shop stays at a", "ROLLED_BACK", "for a reason");
    }

    @Test
    void shouldCancelWhatMovesTheVm() {
        coordinator
                .on(
                        "GET /api/v1/vms/shop",
                        200,
                        "{\"name\":\"shop\",\"owner\":\"a\",\"migration\":\"shop-1\",\"volumes\":[]}")
                .on("POST /api/v1/migrations/shop-1/cancel", 200, migration("FAILED", true));

        assertThat(run("migrate", "shop", "--cancel", "--force")).isZero();

        assertThat(out.toString()).contains("shop-1 is given up", "stays at a");
        assertThat(run("migrate", "shop", "--cancel", "--to", "b")).isEqualTo(2);
    }

    /** The first may have been carried out: with the same key that makes no difference. */
    @Test
    void shouldAskAgainWithTheSameKeyWhenItHearsNothing() {
        coordinator
                .dropNext()
                .on("POST /api/v1/vms/shop/migrations", 202, migration("STARTED", false));

        assertThat(run("migrate", "shop", "--to", "b", "--json")).isZero();

        assertThat(coordinator.keys()).hasSize(2);
        assertThat(coordinator.keys().getLast()).isEqualTo(coordinator.keys().getFirst());
    }

    @Test
    void shouldNotWaitUnlessAsked() {
        coordinator.on("POST /api/v1/vms/shop/migrations", 202, migration("STARTED", false));

        assertThat(run("migrate", "shop", "--to", "b", "--json")).isZero();

        assertThat(coordinator.requests()).hasSize(1);
        assertThat(out.toString()).contains("\"id\" : \"shop-1\"");
    }

    @Test
    void shouldShowLagAsATable() {
        coordinator.on(
                "GET /api/v1/lag",
                200,
                """
                [{"volume":"data","vm":"shop","site":"b","owner":"a","events":3,"bytes":1536,\
                "seconds":1.5,"state":"STALLED","health":"FAULTED","reason":"disk full"},{"volume":"wal","vm":"shop",\
                "site":"b","owner":"a","events":9,"bytes":4608,"seconds":80,"health":"OK","reason":"",\
                "retention":{"state":"LOW","seconds":20.0,"share":0.2},"clock":{"site":"b",\
                "node":"b-1","skewSeconds":-0.0123,"errorSeconds":0.0009,\
                "measuredAt":"2026-01-31T12:00:00Z"},"silentSeconds":90.0},\
                {"volume":"wal","vm":"shop","site":"a","owner":"a","events":null,"bytes":null,\
                "seconds":null,"health":"OK","reason":"","unpublished":{"events":7,"bytes":512,\
                "seconds":2.5}}]""");

        assertThat(run("lag")).isZero();

        assertThat(out.toString().lines())
                .containsExactly(
                        "VOLUME  VM    SITE  OWNER  EVENTS  BYTES  SECONDS  STATE    NOT IN LOG       LOG KEEPS        CLOCK          HEALTH",
                        "data    shop  b     a           3   1536      1.5  STALLED  -                -                -              FAULTED: disk full",
                        "wal     shop  b     a           9   4608     80.0  -        -                LOW: 20 s, 20 %  -12.3 ms ±0.9  OK, silent for 90 s",
                        "wal     shop  a     a           -      -        -  -        7, 512 B, 2.5 s  -                -              OK");
    }

    @Test
    void shouldListNodes() {
        coordinator.on("GET /api/v1/nodes", 200, "[" + node("a", true, LEFT) + "," + OTHER + "]");

        assertThat(run("node", "list")).isZero();

        assertThat(out.toString().lines())
                .containsExactly(
                        "SITE  NODE  VERSION  SINCE                 WRITTEN  COPIES  HOT COPIES  DRAINED         HEALTH   HEARD OF",
                        "a     a-1   1.2      2026-01-31T12:00:00Z        1       2           3  1 volumes left  OK       3 s ago",
                        "a     a-2   -        -                           0       0           0  -               stopped  -");
    }

    @Test
    void shouldDrainANodeAndWaitUntilNothingIsWrittenThere() {
        coordinator
                .on("GET /api/v1/nodes", 200, "[" + node("a", false, "") + "," + OTHER + "]")
                .on("GET /api/v1/nodes", 200, "[" + node("a", true, LEFT) + "]")
                .on("GET /api/v1/nodes", 200, "[" + DRAINED + "]")
                .on("PATCH /api/v1/sites/a/nodes/a-1", 200, node("a", true, LEFT));

        assertThat(run("node", "drain", "a-1", "--wait")).isZero();

        assertThat(coordinator.requests())
                .contains("PATCH /api/v1/sites/a/nodes/a-1 {\"drained\":true}");
        assertThat(out.toString())
                .contains("1 volumes are still written there")
                .endsWith("Node a-1 of site a is drained: nothing is written there.\n");
    }

    @Test
    void shouldSayWhatCannotLeaveADrainedNode() {
        String stuck = LEFT.replace("false", "true").replace("TURN", "node a-2 has no hot copy");
        coordinator
                .on("GET /api/v1/nodes", 200, "[" + node("a", false, "") + "]")
                .on("PATCH /api/v1/sites/a/nodes/a-1", 200, node("a", true, stuck));

        assertThat(run("node", "drain", "a-1")).isEqualTo(1);

        assertThat(out.toString())
                .contains("Node a-1 of site a is to be drained; still written there:")
                .contains("data    shop  cannot move: node a-2 has no hot copy");
    }

    @Test
    void shouldEndWithAnErrorWhenTheTimeToDrainIsOver() {
        coordinator
                .on("GET /api/v1/nodes", 200, "[" + node("a", true, LEFT) + "]")
                .on("PATCH /api/v1/sites/a/nodes/a-1", 200, node("a", true, LEFT));

        assertThat(run("node", "drain", "a-1", "--wait", "--timeout", "300ms")).isEqualTo(1);
    }

    @Test
    void shouldAskForTheSiteWhereTwoHaveANodeOfOneName() {
        String two = "[" + node("a", true, "") + "," + node("b", true, "") + "]";
        coordinator
                .on("GET /api/v1/nodes", 200, two)
                .on("PATCH /api/v1/sites/b/nodes/a-1", 200, node("b", false, ""));

        assertThat(run("node", "undrain", "a-1")).isEqualTo(2);
        assertThat(err.toString()).contains("sites [a, b] have a node 'a-1'");
        assertThat(run("node", "undrain", "a-1", "--site", "b")).isZero();
        assertThat(coordinator.requests())
                .contains("PATCH /api/v1/sites/b/nodes/a-1 {\"drained\":false}");
        assertThat(run("node", "undrain", "a-7")).isEqualTo(1);
        assertThat(err.toString()).contains("no site has a node 'a-7'");
    }

    @Test
    void shouldNotRunANodeWithoutItsConfiguration() {
        assertThat(run("node")).isEqualTo(2);
        assertThat(err.toString()).contains("--config=FILE").contains("list, drain, undrain");
    }

    private static final String LEFT =
            "{\"volume\":\"data\",\"vm\":\"shop\",\"reason\":\"TURN\",\"stuck\":false}";

    private static final String OTHER =
            """
            {"site":"a","node":"a-2","version":"","since":null,"drained":false,"written":[],\
            "activeCopies":0,"hotCopies":0,"health":"stopped","silentSeconds":null,"remaining":[]}""";

    private static final String DRAINED =
            OTHER.replace("a-2", "a-1").replace("\"drained\":false", "\"drained\":true");

    private static String node(String site, boolean isDrained, String remaining) {
        return """
        {"site":"%s","node":"a-1","version":"1.2","since":"2026-01-31T12:00:00Z","drained":%s,\
        "written":["data"],"activeCopies":2,"hotCopies":3,"health":"OK","silentSeconds":3.2,\
        "remaining":[%s]}"""
                .formatted(site, isDrained, remaining);
    }

    @Test
    void shouldSayWhereItAskedWhenNobodyAnswers() {
        coordinator.close();

        assertThat(run("lag")).isEqualTo(1);

        assertThat(err.toString()).contains("no answer from the coordinator at", "--coordinator");
    }

    @Test
    void shouldSayWhenSomethingElseAnswers() {
        coordinator.on("GET /api/v1/lag", 502, "text/html", "<h1>Bad gateway</h1>");

        assertThat(run("lag")).isEqualTo(1);

        assertThat(err.toString()).contains("answered HTTP 502");
    }

    @ParameterizedTest
    @CsvSource({
        "volume",
        "vm",
        "volume create data --site a",
        "volume create data --site a --size 12parsecs",
        "migrate shop",
        "lag --coordinator ftp://somewhere"
    })
    void shouldExitWith2ForAWrongCommandLine(String arguments) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(coordinator.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "512,512",
        "4k,4096",
        "64MiB,67108864",
        "64mb,67108864",
        "32G,34359738368",
        "2 TiB,2199023255552",
    })
    void shouldReadSizesAsPeopleWriteThem(String text, long bytes) {
        assertThat(new Bytes().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"-1", "1.5G", "x", "9999999999999999999", "9999999999P"})
    void shouldRefuseWhatIsNoSize(String text) {
        assertThatThrownBy(() -> new Bytes().convert(text))
                .isInstanceOf(TypeConversionException.class);
    }

    @ParameterizedTest
    @CsvSource({"511,511 B", "1024,1 KiB", "1536,1.5 KiB", "34359738368,32 GiB"})
    void shouldWriteSizesForPeople(long bytes, String text) {
        assertThat(Bytes.text(bytes)).isEqualTo(text);
    }

    private int run(String... arguments) {
        CommandLine commandLine =
                new CommandLine(new Root())
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .setExecutionExceptionHandler(
                                (failure, command, _) -> {
                                    command.getErr().println(failure.getMessage());
                                    return 1;
                                });
        boolean isNamed =
                Arrays.asList(arguments).contains("--coordinator")
                        || arguments.length == 1 && !arguments[0].equals("lag");
        return commandLine.execute(
                isNamed
                        ? arguments
                        : Stream.concat(
                                        Arrays.stream(arguments),
                                        Stream.of("--coordinator", coordinator.url()))
                                .toArray(String[]::new));
    }

    private static String problem(String title, String detail) {
        return """
               {"type":"urn:farshore:problem:x","title":"%s","status":409,"detail":"%s"}"""
                .formatted(title, detail);
    }

    private static String vm(String migration) {
        return """
               {"name":"shop","owner":"a","migration":%s,"volumes":[%s]}"""
                .formatted(migration, VOLUME);
    }

    private static String migration(String step, boolean over) {
        return """
               {"id":"shop-1","vm":"shop","from":"a","to":"b","mode":"drain","step":"%s","over":%s,\
               "reason":"for a reason","waitingFor":null,"downtimeMillis":60,\
               "phases":{"catchUp":5,"seal":10,"drain":20,"open":30},"steps":[]}"""
                .formatted(step, over);
    }
}
