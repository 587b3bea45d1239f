@NullMarked
package dev.farshore.node.http;

import org.jspecify.annotations.NullMarked;
