/**
 * Reads a process's configuration file: YAML into records that validate themselves. What is wrong
 * is named by file, line and key, with what is allowed.
 */
@NullMarked
package dev.farshore.process.config;

import org.jspecify.annotations.NullMarked;
