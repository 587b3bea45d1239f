/** The site's images, as the block server, readers and queries see them. */
@NullMarked
package dev.farshore.node.images;

import org.jspecify.annotations.NullMarked;
