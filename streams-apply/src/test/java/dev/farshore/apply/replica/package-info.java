@NullMarked
package dev.farshore.apply.replica;

import org.jspecify.annotations.NullMarked;
