@NullMarked
package dev.farshore.process.config;

import org.jspecify.annotations.NullMarked;
