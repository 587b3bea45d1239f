/** Records that can't be read are values too: they stop a volume, not the application. */
@NullMarked
package dev.farshore.apply.decode;

import org.jspecify.annotations.NullMarked;
