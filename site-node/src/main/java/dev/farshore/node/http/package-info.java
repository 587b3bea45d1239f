/** What a node tells over HTTP: its health, its volumes, its metrics. */
@NullMarked
package dev.farshore.node.http;

import org.jspecify.annotations.NullMarked;
