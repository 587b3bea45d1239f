package dev.farshore.bench.report;

import org.jspecify.annotations.Nullable;

/**
 * One measured number, as {@code --json} has it.
 *
 * @param peer what it was measured against in the same run; null if nothing
 * @param ratio {@code value / peerValue}
 * @param target bound on the ratio, or on the value where there is no peer; null if it has none
 * @param met true where there is no target; false where the peer could not be run
 */
public record BenchResult(
        String name,
        double value,
        String unit,
        @Nullable String peer,
        @Nullable Double peerValue,
        @Nullable Double ratio,
        @Nullable Double target,
        boolean met) {

    /** Which side of its target a number should be on. */
    public enum Bound {
        AT_LEAST,
        AT_MOST;

        boolean holds(double number, double target) {
            return this == AT_LEAST ? number >= target : number <= target;
        }
    }

    /** A number to know, without a target. */
    public static BenchResult of(String name, double value, String unit) {
        return new BenchResult(name, value, unit, null, null, null, null, true);
    }

    /** A number with a bound of its own. */
    public static BenchResult bounded(
            String name, double value, String unit, Bound bound, double target) {
        return new BenchResult(
                name, value, unit, null, null, null, target, bound.holds(value, target));
    }

    /** A number beside a peer's, to know. */
    public static BenchResult beside(
            String name, double value, String unit, String peer, @Nullable Double peerValue) {
        return new BenchResult(
                name, value, unit, peer, peerValue, ratio(value, peerValue), null, true);
    }

    /**
     * A number whose ratio to a peer's has a bound.
     *
     * @param peerValue null if the peer could not be run: then the target counts as not met
     */
    public static BenchResult against(
            String name,
            double value,
            String unit,
            String peer,
            @Nullable Double peerValue,
            Bound bound,
            double target) {
        Double ratio = ratio(value, peerValue);
        return new BenchResult(
                name,
                value,
                unit,
                peer,
                peerValue,
                ratio,
                target,
                ratio != null && bound.holds(ratio, target));
    }

    private static @Nullable Double ratio(double value, @Nullable Double peerValue) {
        return peerValue == null || peerValue == 0 ? null : value / peerValue;
    }
}
