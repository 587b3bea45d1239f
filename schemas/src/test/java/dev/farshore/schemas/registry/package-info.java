@NullMarked
package dev.farshore.schemas.registry;

import org.jspecify.annotations.NullMarked;
