@NullMarked
package dev.farshore.schemas.codec;

import org.jspecify.annotations.NullMarked;
