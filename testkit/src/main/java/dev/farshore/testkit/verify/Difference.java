package dev.farshore.testkit.verify;

/**
 * A sector that is not what it should be.
 *
 * @param site whose image it is; empty for what a read through NBD returned
 * @param offset of the sector
 * @param expected what should be there, in words
 * @param found what is there, in words
 * @param when at which check it was found
 */
public record Difference(
        String vvol, String site, long offset, String expected, String found, String when) {

    @Override
    public String toString() {
        return "%s%s, offset %d: expected %s, found %s (%s)"
                .formatted(
                        vvol,
                        site.isEmpty() ? "" : " at site " + site,
                        offset,
                        expected,
                        found,
                        when);
    }
}
