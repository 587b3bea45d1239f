/** Kafka with TLS, passwords and ACLs: each process with the least that it needs. */
@NullMarked
package dev.farshore.tests.security;

import org.jspecify.annotations.NullMarked;
