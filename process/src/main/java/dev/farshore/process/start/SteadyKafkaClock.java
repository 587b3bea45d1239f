package dev.farshore.process.start;

import org.apache.kafka.common.utils.ByteUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;

/**
 * Makes Kafka's clients measure time by the monotonic clock. They use the wall clock for
 * heartbeats, sessions, back-offs and time limits. If it is set back by an hour, their timers stand
 * still for an hour: heartbeats stop, and members are removed from their group again and again. If
 * it is set forward, all timers end at once. The clients accept no other clock.
 *
 * <p>So {@code SystemTime}, the one class in which they ask for the time, is loaded from here
 * before they do, with its single call of {@code System.currentTimeMillis()} replaced. What they
 * need time for are durations; topics bear the brokers' time.
 */
public final class SteadyKafkaClock {
    private static final Logger LOG = LoggerFactory.getLogger(SteadyKafkaClock.class);
    private static final String SYSTEM_TIME = "/org/apache/kafka/common/utils/SystemTime.class";

    private SteadyKafkaClock() {}

    /**
     * To be called before the first Kafka client is made; later it has no effect, and says so.
     *
     * @return whether Kafka goes by the steady clock from now on
     */
    public static boolean install() {
        try (InputStream original = ByteUtils.class.getResourceAsStream(SYSTEM_TIME)) {
            if (original == null) {
                throw new IOException("there is no " + SYSTEM_TIME);
            }
            MethodHandles.privateLookupIn(ByteUtils.class, MethodHandles.lookup())
                    .defineClass(withSteadyMillis(original.readAllBytes()));
            return true;
        } catch (IOException | IllegalAccessException | LinkageError e) {
            LOG.atWarn()
                    .setCause(e)
                    .log("Kafka's clients go by the wall clock: they suffer when it is set");
            return false;
        }
    }

    private static byte[] withSteadyMillis(byte[] original) {
        ClassFile classes = ClassFile.of();
        ClassDesc steady = ClassDesc.of(SteadyMillis.class.getName());
        return classes.transformClass(
                classes.parse(original),
                ClassTransform.transformingMethodBodies(
                        (code, element) -> {
                            if (element instanceof InvokeInstruction call
                                    && call.owner().asInternalName().equals("java/lang/System")
                                    && call.name().equalsString("currentTimeMillis")) {
                                code.invokestatic(
                                        steady, "now", MethodTypeDesc.of(ConstantDescs.CD_long));
                            } else {
                                code.with(element);
                            }
                        }));
    }
}
