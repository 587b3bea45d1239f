/** The demo on a stage of the tests' own. */
@NullMarked
package dev.farshore.cli.demo;

import org.jspecify.annotations.NullMarked;
