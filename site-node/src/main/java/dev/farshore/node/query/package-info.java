/** What a node knows of its volumes' blocks, asked for over HTTP. */
@NullMarked
package dev.farshore.node.query;

import org.jspecify.annotations.NullMarked;
