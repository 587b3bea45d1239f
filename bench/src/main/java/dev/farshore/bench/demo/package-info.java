/** The demo: moves a VM's disks to the other site and back under load, and proves the result. */
@NullMarked
package dev.farshore.bench.demo;

import org.jspecify.annotations.NullMarked;
