package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.ThrottleReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewThrottle;
import dev.farshore.coordinator.api.request.NewVm;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.List;
import java.util.Locale;

/** {@code farshore vm …}. */
@Command(name = "vm", description = "Make VMs of volumes, show and slow them.")
public final class VmCommand implements Runnable {
    private static final String PATH = "vms";

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Name a command: create, list, show or throttle.");
    }

    @Command(description = "Make a VM of volumes that have none: they are handed over together.")
    int create(
            @Parameters(paramLabel = "NAME", description = "1 to 63 of a-z, 0-9, '.', '_' and '-'.")
                    String name,
            @Option(
                            names = "--volume",
                            required = true,
                            split = ",",
                            paramLabel = "VOLUME",
                            description = "Its volumes: several times, or separated by commas.")
                    List<String> volumes,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            show(
                    coordinator.post(PATH, new NewVm(name, List.copyOf(volumes)), VmReport.class),
                    options);
            return 0;
        }
    }

    @Command(description = "List all VMs.")
    int list(@Mixin CoordinatorOptions options) throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            List<VmReport> vms = coordinator.list(PATH, VmReport.class);
            if (options.isJson()) {
                options.printJson(vms);
            } else {
                summary(vms).print(options.out());
            }
            return 0;
        }
    }

    @Command(description = "Show a VM and its volumes.")
    int show(
            @Parameters(paramLabel = "NAME", description = "The VM.") String name,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            String path = PATH + "/" + CoordinatorClient.segment(name);
            show(coordinator.get(path, VmReport.class), options);
            return 0;
        }
    }

    @Command(description = "Delete a VM; its volumes stay, and belong to none.")
    int delete(
            @Parameters(paramLabel = "NAME", description = "The VM.") String name,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            List<VolumeReport> volumes =
                    List.of(
                            coordinator.delete(
                                    PATH + "/" + CoordinatorClient.segment(name),
                                    VolumeReport[].class));
            if (options.isJson()) {
                options.printJson(volumes);
            } else {
                options.out()
                        .println(
                                "VM %s is deleted. Its volumes stay: %s."
                                        .formatted(
                                                name,
                                                String.join(
                                                        ", ",
                                                        volumes.stream()
                                                                .map(VolumeReport::name)
                                                                .toList())));
                options.out().flush();
            }
            return 0;
        }
    }

    @Command(
            description =
                    "Slow a VM's writes, over all its volumes. What is not limited anew is not"
                            + " limited any more.")
    int throttle(
            @Parameters(paramLabel = "NAME", description = "The VM.") String name,
            @Option(
                            names = "--bytes-per-second",
                            paramLabel = "BYTES",
                            converter = Bytes.class,
                            description = "Most bytes a second; units as in 10MiB.")
                    @Nullable Long bytesPerSecond,
            @Option(
                            names = "--writes-per-second",
                            paramLabel = "NUMBER",
                            description = "Most writes a second.")
                    @Nullable Long writesPerSecond,
            @Option(names = "--off", description = "Let it write at full speed.") boolean off,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        if (off == (bytesPerSecond != null || writesPerSecond != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Say either --off or a limit: --bytes-per-second, --writes-per-second or both.");
        }
        try (CoordinatorClient coordinator = options.connect()) {
            String path = PATH + "/" + CoordinatorClient.segment(name) + "/throttle";
            NewThrottle asked = new NewThrottle(bytesPerSecond, writesPerSecond);
            show(coordinator.put(path, asked, VmReport.class), options);
            return 0;
        }
    }

    private static void show(VmReport vm, CoordinatorOptions options) {
        if (options.isJson()) {
            options.printJson(vm);
            return;
        }
        summary(List.of(vm)).print(options.out());
        options.out().println();
        VolumeTables.summary(vm.volumes()).print(options.out());
        ThrottleReport throttle = vm.throttle();
        if (throttle != null && throttle.isThrottled()) {
            options.out().println();
            throttle(throttle).print(options.out());
        }
    }

    private static Table throttle(ThrottleReport throttle) {
        Table table = new Table("", "BYTES/s", "WRITES/s");
        table.row("limit", limit(throttle.bytesPerSecond()), limit(throttle.writesPerSecond()));
        ThrottleReport.Effect effect = throttle.effect();
        table.row("in force", limit(effect.bytesPerSecond()), limit(effect.writesPerSecond()));
        table.row("written", effect.writtenBytesPerSecond(), effect.writtenPerSecond());
        table.row(
                "held",
                String.format(Locale.ROOT, "%.1f s", effect.heldSeconds()),
                effect.heldWrites() + " writes");
        return table;
    }

    private static String limit(long perSecond) {
        return perSecond == 0 ? "-" : String.valueOf(perSecond);
    }

    private static Table summary(List<VmReport> vms) {
        Table table = new Table("VM", "OWNER", "MOVING", "VOLUMES");
        for (VmReport vm : vms) {
            String moving = vm.migration();
            table.row(
                    vm.name(),
                    vm.owner(),
                    moving == null ? "-" : moving,
                    String.join(",", vm.volumes().stream().map(VolumeReport::name).toList()));
        }
        return table;
    }
}
