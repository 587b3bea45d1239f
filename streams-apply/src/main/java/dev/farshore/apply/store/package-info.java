/**
 * The images of a partition as a Kafka Streams state store whose changelog is the write log itself.
 */
@NullMarked
package dev.farshore.apply.store;

import org.jspecify.annotations.NullMarked;
