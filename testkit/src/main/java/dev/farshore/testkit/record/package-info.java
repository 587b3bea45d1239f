/** What a workload has written, sector by sector: the truth that images are compared with. */
@NullMarked
package dev.farshore.testkit.record;

import org.jspecify.annotations.NullMarked;
