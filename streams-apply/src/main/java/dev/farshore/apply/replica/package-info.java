/**
 * One volume at this site: follows its partition record by record, takes what counts to its image,
 * and stops for itself when something is wrong with it.
 */
@NullMarked
package dev.farshore.apply.replica;

import org.jspecify.annotations.NullMarked;
