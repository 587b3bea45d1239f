@NullMarked
package dev.farshore.cli.node;

import org.jspecify.annotations.NullMarked;
