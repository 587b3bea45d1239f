/**
 * The two sub-topologies of a site: writes to images and progress, headers and progress to the
 * dirty-block index.
 */
@NullMarked
package dev.farshore.apply.topology;

import org.jspecify.annotations.NullMarked;
