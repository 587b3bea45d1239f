/** Hardening: makes what images have applied stable, without the appliers waiting for disks. */
@NullMarked
package dev.farshore.apply.harden;

import org.jspecify.annotations.NullMarked;
