@NullMarked
package dev.farshore.apply.repair;

import org.jspecify.annotations.NullMarked;
