package dev.farshore.testkit.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Runs in the child process: another class's {@code main}, for as long as the parent lives.
 *
 * <p>The child's standard input is a pipe whose other end only the parent holds. The system closes
 * it when the parent ends, however it ends, so end of input means: nobody needs this process any
 * more. That works on every system, also for {@code kill -9}, and also if the parent is gone before
 * the child has got as far as this.
 */
final class GuardedMain {

    /** How long an orderly exit may take once the parent has gone. */
    private static final long EXIT_LIMIT_MILLIS = 5_000;

    private GuardedMain() {}

    /**
     * @param args the class to run, then its arguments
     */
    public static void main(String[] args) throws Throwable {
        Thread.ofPlatform().name("parent-guard").daemon().start(GuardedMain::exitWithParent);
        Reflected.main(args[0], Arrays.copyOfRange(args, 1, args.length));
    }

    private static void exitWithParent() {
        awaitEndOfInput(System.in);
        Thread.ofPlatform().name("parent-gone").daemon().start(() -> System.exit(1));
        try {
            Thread.sleep(EXIT_LIMIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    private static void awaitEndOfInput(InputStream in) {
        byte[] ignored = new byte[64];
        try {
            while (in.read(ignored) >= 0) {
                // The parent writes nothing; whatever comes is not the end.
            }
        } catch (IOException e) {
            // A broken pipe says the same as its end.
        }
    }
}
