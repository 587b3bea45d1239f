/** Whole sites: real nodes, real clients, hand-overs and kills. */
@NullMarked
package dev.farshore.tests.site;

import org.jspecify.annotations.NullMarked;
