@NullMarked
package dev.farshore.cli.config;

import org.jspecify.annotations.NullMarked;
