/** {@code farshore acls}: the permissions of each kind of process in Kafka. */
@NullMarked
package dev.farshore.cli.acls;

import org.jspecify.annotations.NullMarked;
