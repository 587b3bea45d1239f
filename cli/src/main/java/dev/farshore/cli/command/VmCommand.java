package dev.farshore.cli.command;

import dev.farshore.coordinator.api.NewVm;
import dev.farshore.coordinator.api.VmReport;
import dev.farshore.coordinator.api.VolumeReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.List;

/** {@code farshore vm …}. */
@Command(name = "vm", description = "Make VMs of volumes and show them.")
public final class VmCommand implements Runnable {
    private static final String PATH = "vms";

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command: create, list or show.");
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

    private static void show(VmReport vm, CoordinatorOptions options) {
        if (options.isJson()) {
            options.printJson(vm);
            return;
        }
        summary(List.of(vm)).print(options.out());
        options.out().println();
        VolumeCommand.summary(vm.volumes()).print(options.out());
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
