/** The configuration file of a node. */
@NullMarked
package dev.farshore.node.config;

import org.jspecify.annotations.NullMarked;
