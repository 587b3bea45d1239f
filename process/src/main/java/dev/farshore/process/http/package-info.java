/** The HTTP server of a process: who may ask, how errors are answered, repeated requests. */
@NullMarked
package dev.farshore.process.http;

import org.jspecify.annotations.NullMarked;
