package dev.farshore.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;

import dev.farshore.process.http.Json;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.net.URI;

/** What all subcommands that ask a coordinator have in common. */
final class CoordinatorOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--coordinator",
            paramLabel = "URL",
            defaultValue = "${env:FARSHORE_COORDINATOR:-http://127.0.0.1:8088}",
            description =
                    "Where the coordinator is. Default: the environment's FARSHORE_COORDINATOR,"
                            + " else http://127.0.0.1:8088.")
    private URI coordinator;

    @Option(names = "--json", description = "Print the result for programs.")
    private boolean json;

    CoordinatorClient connect() {
        String scheme = coordinator.getScheme();
        if (!("http".equals(scheme) || "https".equals(scheme)) || coordinator.getHost() == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--coordinator must be an http or https URL, is '%s'".formatted(coordinator));
        }
        return new CoordinatorClient(coordinator);
    }

    boolean isJson() {
        return json;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** For programs, over several lines. */
    void printJson(Object result) {
        print(result, Json.mapper().writerWithDefaultPrettyPrinter());
    }

    /** For programs that read one result a line. */
    void printJsonLine(Object result) {
        print(result, Json.mapper().writer());
    }

    private void print(Object result, ObjectWriter writer) {
        try {
            out().println(writer.writeValueAsString(result));
            out().flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + result, e);
        }
    }
}
