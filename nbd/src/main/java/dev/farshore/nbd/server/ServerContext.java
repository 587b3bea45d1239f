package dev.farshore.nbd.server;

import dev.farshore.nbd.Exports;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.transmission.ExportBudgets;

/** What all connections of a server share. */
record ServerContext(
        Exports exports,
        NbdLimits limits,
        ExportBudgets budgets,
        ReadAheadBuffers readAheadBuffers,
        Connections connections,
        NbdThreads threads,
        FileDescriptors descriptors) {}
