package dev.farshore.tests.security;

import dev.farshore.schemas.access.Permission;

import org.apache.kafka.common.acl.AclOperation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What users have asked a broker for, from its authorizer's log, in which each request names the
 * operation that it needs.
 *
 * @param allowed lines of {@code USER OPERATION on RESOURCE}
 * @param refused likewise
 */
record AuthorizerLog(Set<String> allowed, Set<String> refused) {
    private static final Pattern LINE =
            Pattern.compile(
                    "Principal = User:(\\S+) is (Allowed|Denied) operation = (\\w+) from host = \\S+"
                            + " on resource = (Topic|Group|Cluster):LITERAL:(\\S+) for request.*");

    /**
     * @param from how many lines to leave out
     */
    static AuthorizerLog read(Path file, int from) throws IOException {
        Set<String> allowed = new TreeSet<>();
        Set<String> refused = new TreeSet<>();
        List<String> lines = Files.readAllLines(file);
        for (String line : lines.subList(from, lines.size())) {
            Matcher found = LINE.matcher(line);
            if (found.find()) {
                String resource =
                        found.group(4).equals("Cluster")
                                ? "the cluster"
                                : found.group(4).toLowerCase(Locale.ROOT) + " " + found.group(5);
                String text =
                        found.group(1)
                                + " "
                                + Permission.operationName(AclOperation.fromString(found.group(3)))
                                + " on "
                                + resource;
                (found.group(2).equals("Allowed") ? allowed : refused).add(text);
            }
        }
        return new AuthorizerLog(allowed, refused);
    }

    static int lines(Path file) throws IOException {
        return Files.readAllLines(file).size();
    }

    Set<String> used(String user) {
        return of(user, allowed);
    }

    Set<String> denied(String user) {
        return of(user, refused);
    }

    private static Set<String> of(String user, Set<String> lines) {
        Set<String> own = new TreeSet<>();
        lines.stream()
                .filter(line -> line.startsWith(user + " "))
                .forEach(line -> own.add(line.substring(user.length() + 1)));
        return own;
    }
}
