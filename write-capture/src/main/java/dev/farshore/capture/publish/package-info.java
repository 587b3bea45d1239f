/** From the journals to the topics: one producer a node, every volume's order kept. */
@NullMarked
package dev.farshore.capture.publish;

import org.jspecify.annotations.NullMarked;
