package dev.farshore.cli;

import org.apache.kafka.common.utils.AppInfoParser;

import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        Properties build = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IOException("this build has no version.properties");
            }
            build.load(in);
        }
        return new String[] {
            "farshore " + build.getProperty("version"),
            "Kafka client " + AppInfoParser.getVersion(),
            "Java " + Runtime.version()
        };
    }
}
