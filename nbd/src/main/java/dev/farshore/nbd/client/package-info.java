/** An NBD client: what a VM's hypervisor is to a node, for workloads, benchmarks and tests. */
@NullMarked
package dev.farshore.nbd.client;

import org.jspecify.annotations.NullMarked;
