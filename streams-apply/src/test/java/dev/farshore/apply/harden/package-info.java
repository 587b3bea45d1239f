@NullMarked
package dev.farshore.apply.harden;

import org.jspecify.annotations.NullMarked;
