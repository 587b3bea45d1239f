/** The embedded broker and registry, and what becomes of them when their parent ends. */
@NullMarked
package dev.farshore.tests.embedded;

import org.jspecify.annotations.NullMarked;
