/** Data of earlier versions, opened by this one. */
@NullMarked
package dev.farshore.tests.upgrade;

import org.jspecify.annotations.NullMarked;
