/** Which node of a site holds which partition's images and index. */
@NullMarked
package dev.farshore.apply.assign;

import org.jspecify.annotations.NullMarked;
