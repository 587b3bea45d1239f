/** A node of a site: the block server and the streams application, wired together. */
@NullMarked
package dev.farshore.cli.node;

import org.jspecify.annotations.NullMarked;
