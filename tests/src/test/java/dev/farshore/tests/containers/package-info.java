/** Farshore as it is deployed: nodes and coordinators in containers of its own image. */
@NullMarked
package dev.farshore.tests.containers;

import org.jspecify.annotations.NullMarked;
