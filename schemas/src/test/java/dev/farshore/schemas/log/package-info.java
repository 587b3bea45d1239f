@NullMarked
package dev.farshore.schemas.log;

import org.jspecify.annotations.NullMarked;
