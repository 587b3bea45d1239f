package dev.farshore.nbd.handshake;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** The data of LIST_META_CONTEXT and SET_META_CONTEXT. */
record ContextQuery(String export, List<String> queries) {

    static ContextQuery parse(Option option) throws Option.MalformedException {
        String export = option.string();
        int count = option.integer();
        List<String> queries = new ArrayList<>();
        // Every query takes some of the data, so a count too large ends with it.
        for (int i = 0; Integer.compareUnsigned(i, count) < 0; i++) {
            String query = option.string();
            if (query.indexOf(':') < 1) {
                throw new Option.MalformedException("a context without a namespace: " + query);
            }
            queries.add(query);
        }
        option.requireEnd();
        return new ContextQuery(export, queries);
    }

    /** What matches when listing: names, and all of a namespace for {@code namespace:}. */
    List<String> list(List<String> available) {
        if (queries.isEmpty()) {
            return available;
        }
        return available.stream()
                .filter(
                        name ->
                                queries.contains(name)
                                        || queries.contains(
                                                name.substring(0, name.indexOf(':') + 1)))
                .toList();
    }

    /** What matches when selecting: names only, each once. */
    List<String> select(List<String> available) {
        LinkedHashSet<String> selected = new LinkedHashSet<>(queries);
        selected.retainAll(available);
        return List.copyOf(selected);
    }
}
