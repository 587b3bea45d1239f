/** Small files that are replaced as a whole and know when they are damaged. */
@NullMarked
package dev.farshore.apply.file;

import org.jspecify.annotations.NullMarked;
