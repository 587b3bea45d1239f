/** Reads beside the owner: a site's image as it stands, or with what it lacks from the log. */
@NullMarked
package dev.farshore.capture.read.latest;

import org.jspecify.annotations.NullMarked;
