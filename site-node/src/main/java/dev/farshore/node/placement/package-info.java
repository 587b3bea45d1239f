/** Which node of the site keeps which partition. */
@NullMarked
package dev.farshore.node.placement;

import org.jspecify.annotations.NullMarked;
