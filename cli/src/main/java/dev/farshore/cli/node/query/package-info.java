/** What a node knows of its volumes' blocks, asked for over HTTP. */
@NullMarked
package dev.farshore.cli.node.query;

import org.jspecify.annotations.NullMarked;
