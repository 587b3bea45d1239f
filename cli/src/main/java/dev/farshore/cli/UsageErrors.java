package dev.farshore.cli;

import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;

import java.util.List;
import java.util.Map;

/**
 * Says of a command that does not exist that it does not, and which do. All else about the command
 * line picocli tells.
 */
record UsageErrors(IParameterExceptionHandler others) implements IParameterExceptionHandler {

    @Override
    public int handleParseException(ParameterException failure, String[] arguments)
            throws Exception {
        CommandLine command = root(failure.getCommandLine());
        for (String argument : arguments) {
            if (argument.startsWith("-")) {
                continue; // no group of commands has an option that takes a value
            }
            CommandLine next = command.getSubcommands().get(argument);
            if (next == null) {
                return noSuchCommand(command, argument);
            }
            if (next.getSubcommands().isEmpty()) {
                break;
            }
            command = next;
        }
        return others.handleParseException(failure, arguments);
    }

    private static int noSuchCommand(CommandLine group, String name) {
        group.getErr()
                .println(
                        "farshore: there is no command '%s %s'. There are: %s."
                                .formatted(
                                        group.getCommandSpec().qualifiedName(),
                                        name,
                                        String.join(", ", names(group))));
        group.getErr().flush();
        return group.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static CommandLine root(CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        return root;
    }

    private static List<String> names(CommandLine command) {
        return command.getSubcommands().entrySet().stream()
                .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }
}
