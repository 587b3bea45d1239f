/** The stack of {@code compose/}: started as users start it, broken, and queried. */
@NullMarked
package dev.farshore.tests.stack;

import org.jspecify.annotations.NullMarked;
