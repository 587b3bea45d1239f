@NullMarked
package dev.farshore.apply.topology;

import org.jspecify.annotations.NullMarked;
