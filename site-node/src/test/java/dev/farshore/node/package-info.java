@NullMarked
package dev.farshore.node;

import org.jspecify.annotations.NullMarked;
