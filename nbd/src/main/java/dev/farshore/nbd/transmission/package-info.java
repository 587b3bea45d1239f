/** Transmission: requests are taken in, checked, carried out and answered. */
@NullMarked
package dev.farshore.nbd.transmission;

import org.jspecify.annotations.NullMarked;
