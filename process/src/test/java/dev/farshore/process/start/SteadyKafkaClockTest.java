package dev.farshore.process.start;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;

/** In a class loader of its own: in this JVM's, other tests may have used Kafka before. */
class SteadyKafkaClockTest {

    @Test
    void shouldBeInTimeForAProcessThatStarts() throws Exception {
        try (URLClassLoader process = newProcess()) {
            assertThat(install(process)).isEqualTo(true);
            assertThat(kafkaMillis(process))
                    .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
        }
    }

    @Test
    void shouldSayThatItIsTooLateOnceKafkaWasUsed() throws Exception {
        try (URLClassLoader process = newProcess()) {
            kafkaMillis(process);
            assertThat(install(process)).isEqualTo(false);
            kafkaMillis(process);
        }
    }

    private static URLClassLoader newProcess() throws Exception {
        String[] entries = System.getProperty("java.class.path").split(java.io.File.pathSeparator);
        URL[] urls = new URL[entries.length];
        for (int entry = 0; entry < entries.length; entry++) {
            urls[entry] = Path.of(entries[entry]).toUri().toURL();
        }
        return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    }

    private static Object install(ClassLoader process) throws Exception {
        return process.loadClass(SteadyKafkaClock.class.getName())
                .getMethod("install")
                .invoke(null);
    }

    private static long kafkaMillis(ClassLoader process) throws Exception {
        Class<?> time = process.loadClass("org.apache.kafka.common.utils.Time");
        Object system = time.getField("SYSTEM").get(null);
        Method milliseconds =
                Arrays.stream(time.getMethods())
                        .filter(method -> method.getName().equals("milliseconds"))
                        .findFirst()
                        .orElseThrow();
        return (long) milliseconds.invoke(system);
    }
}
