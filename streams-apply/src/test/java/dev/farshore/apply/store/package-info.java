@NullMarked
package dev.farshore.apply.store;

import org.jspecify.annotations.NullMarked;
