package dev.farshore.capture.nbd.server;

import dev.farshore.capture.nbd.Exports;
import dev.farshore.capture.nbd.NbdLimits;
import dev.farshore.capture.nbd.transmission.BufferPool;

/** What all connections of a server share. */
record ServerContext(
        Exports exports,
        NbdLimits limits,
        BufferPool pool,
        ReadAheads readAheads,
        Connections connections,
        NbdThreads threads,
        FileDescriptors descriptors) {}
