/** Tests of the lanes that fetch records by their offset. */
package dev.farshore.capture.read.kafka;
