@NullMarked
package dev.farshore.apply;

import org.jspecify.annotations.NullMarked;
