@NullMarked
package dev.farshore.cli.acls;

import org.jspecify.annotations.NullMarked;
