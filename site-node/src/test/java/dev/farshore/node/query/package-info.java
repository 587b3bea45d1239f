@NullMarked
package dev.farshore.node.query;

import org.jspecify.annotations.NullMarked;
