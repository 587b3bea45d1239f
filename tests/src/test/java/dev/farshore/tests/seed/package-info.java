/** Seeds, end to end: disks brought in, and images made again. */
@NullMarked
package dev.farshore.tests.seed;

import org.jspecify.annotations.NullMarked;
