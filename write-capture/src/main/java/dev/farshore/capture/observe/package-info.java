/** What the capture of writes tells whoever measures it. */
@NullMarked
package dev.farshore.capture.observe;

import org.jspecify.annotations.NullMarked;
