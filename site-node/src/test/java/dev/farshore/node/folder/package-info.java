@NullMarked
package dev.farshore.node.folder;

import org.jspecify.annotations.NullMarked;
