@NullMarked
package dev.farshore.apply.assign;

import org.jspecify.annotations.NullMarked;
