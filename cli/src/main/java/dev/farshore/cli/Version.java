package dev.farshore.cli;

import dev.farshore.process.start.BuildVersion;

import org.apache.kafka.common.utils.AppInfoParser;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {
            "farshore " + BuildVersion.current(),
            "Kafka client " + AppInfoParser.getVersion(),
            "Java " + Runtime.version()
        };
    }
}
