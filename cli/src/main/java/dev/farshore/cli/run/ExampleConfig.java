package dev.farshore.cli.run;

import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.node.config.NodeConfig;

import java.util.Locale;

/** The processes that have a configuration file. */
enum ExampleConfig {
    NODE {
        @Override
        String text() {
            return NodeConfig.example();
        }
    },
    COORDINATOR {
        @Override
        String text() {
            return CoordinatorConfig.example();
        }
    };

    abstract String text();

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
