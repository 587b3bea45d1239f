@NullMarked
package dev.farshore.cli.start;

import org.jspecify.annotations.NullMarked;
