/**
 * The Debian package, as it is installed, started, upgraded and removed on a machine with systemd.
 */
@NullMarked
package dev.farshore.tests.release;

import org.jspecify.annotations.NullMarked;
