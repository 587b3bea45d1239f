@NullMarked
package dev.farshore.cli.node.http;

import org.jspecify.annotations.NullMarked;
