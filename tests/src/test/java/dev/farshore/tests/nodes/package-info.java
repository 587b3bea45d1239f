/** Sites of several nodes: killed, paused, added, asked for what another of them has. */
@NullMarked
package dev.farshore.tests.nodes;

import org.jspecify.annotations.NullMarked;
