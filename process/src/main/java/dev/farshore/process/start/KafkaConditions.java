package dev.farshore.process.start;

import java.util.List;
import java.util.Map;

/** What is not as it should be between a process and its Kafka cluster. Thread-safe. */
public interface KafkaConditions {
    /** For a process that does not look. */
    KafkaConditions NONE =
            new KafkaConditions() {
                @Override
                public String problem() {
                    return "";
                }

                @Override
                public int missingPermissions() {
                    return 0;
                }

                @Override
                public List<String> warnings() {
                    return List.of();
                }

                @Override
                public Map<String, Boolean> canLoseEvents() {
                    return Map.of();
                }
            };

    /** What Kafka does not allow, and how to grant it; empty if it allows all. */
    String problem();

    /** How many of the permissions that the process needs are missing. */
    int missingPermissions();

    /** What the topics' settings put at risk, a sentence each. */
    List<String> warnings();

    /** By topic, whether it can lose acknowledged events; without those not looked at yet. */
    Map<String, Boolean> canLoseEvents();
}
