/** Read-only exports of what a site has of a volume, whoever owns it. */
@NullMarked
package dev.farshore.capture.export;

import org.jspecify.annotations.NullMarked;
