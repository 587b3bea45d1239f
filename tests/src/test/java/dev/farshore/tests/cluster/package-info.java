/** Three brokers, two sites and two coordinators, of which any may fail at any moment. */
@NullMarked
package dev.farshore.tests.cluster;

import org.jspecify.annotations.NullMarked;
