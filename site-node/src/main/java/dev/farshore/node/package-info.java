/** A node of a site: the block server and the streams application, wired together. */
@NullMarked
package dev.farshore.node;

import org.jspecify.annotations.NullMarked;
