@NullMarked
package dev.farshore.cli.command;

import org.jspecify.annotations.NullMarked;
