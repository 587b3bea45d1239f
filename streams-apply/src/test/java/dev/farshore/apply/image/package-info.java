@NullMarked
package dev.farshore.apply.image;

import org.jspecify.annotations.NullMarked;
