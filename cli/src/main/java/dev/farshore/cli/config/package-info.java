/**
 * The configuration files of a node and of the coordinator: YAML into records that validate
 * themselves. What is wrong is named by file, line and key, with what is allowed.
 */
@NullMarked
package dev.farshore.cli.config;

import org.jspecify.annotations.NullMarked;
