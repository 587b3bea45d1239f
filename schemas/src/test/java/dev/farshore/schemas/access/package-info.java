@NullMarked
package dev.farshore.schemas.access;

import org.jspecify.annotations.NullMarked;
