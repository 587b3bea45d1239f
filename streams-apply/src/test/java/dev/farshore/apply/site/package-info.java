@NullMarked
package dev.farshore.apply.site;

import org.jspecify.annotations.NullMarked;
