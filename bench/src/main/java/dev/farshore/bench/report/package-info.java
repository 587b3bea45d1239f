/** What a bench found, for people and for programs. */
@NullMarked
package dev.farshore.bench.report;

import org.jspecify.annotations.NullMarked;
