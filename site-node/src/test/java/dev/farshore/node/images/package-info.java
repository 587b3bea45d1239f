@NullMarked
package dev.farshore.node.images;

import org.jspecify.annotations.NullMarked;
