@NullMarked
package dev.farshore.cli.node.query;

import org.jspecify.annotations.NullMarked;
