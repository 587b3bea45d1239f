@NullMarked
package dev.farshore.node.placement;

import org.jspecify.annotations.NullMarked;
