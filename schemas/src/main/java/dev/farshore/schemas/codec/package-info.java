/**
 * Events to bytes and back: Avro in the Confluent wire format, written by hand because a payload
 * must be copied only once and every write of every VM passes here.
 */
@NullMarked
package dev.farshore.schemas.codec;

import org.jspecify.annotations.NullMarked;
