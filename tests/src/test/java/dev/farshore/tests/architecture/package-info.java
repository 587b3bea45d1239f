/** Which module and package may know which other. */
@NullMarked
package dev.farshore.tests.architecture;

import org.jspecify.annotations.NullMarked;
