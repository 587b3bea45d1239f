package dev.farshore.schemas.access;

/** Names of the consumer groups. All other consumers belong to none. */
public final class ConsumerGroups {
    private ConsumerGroups() {}

    /**
     * The group of a site's nodes, which share its partitions: the id of its Streams application.
     */
    public static String ofSite(String site) {
        return "farshore-" + site;
    }
}
