package dev.farshore.testkit.record;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.List;

class SectorMapTest {
    private static final int SECTORS = 3000;

    record Put(long first, long count, int number) {}

    @Provide
    Arbitrary<List<Put>> puts() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, SECTORS - 1),
                        Arbitraries.longs().between(1, 1500),
                        Arbitraries.integers().between(-5, 5).filter(number -> number != 0))
                .as(
                        (first, count, number) ->
                                new Put(first, Math.min(count, SECTORS - first), number))
                .list()
                .ofMaxSize(20);
    }

    @Property(tries = 200)
    void shouldDoWhatAnArrayDoes(@ForAll("puts") List<Put> puts) {
        SectorMap map = new SectorMap();
        int[] model = new int[SECTORS];
        for (Put put : puts) {
            map.put(put.first, put.count, put.number);
            for (long sector = put.first; sector < put.first + put.count; sector++) {
                model[(int) sector] = put.number;
            }
        }

        int[] all = new int[SECTORS];
        map.copy(0, all);
        assertThat(all).isEqualTo(model);

        int[] visited = new int[SECTORS];
        map.forEachRun(
                (first, numbers) ->
                        System.arraycopy(numbers, 0, visited, (int) first, numbers.length));
        assertThat(visited).isEqualTo(model);

        for (ByteRange range : map.touched()) {
            for (long sector = range.offset() / 512; sector < range.end() / 512; sector++) {
                if (sector < SECTORS) {
                    model[(int) sector] = 0;
                }
            }
        }
        assertThat(model).containsOnly(0);
    }
}
