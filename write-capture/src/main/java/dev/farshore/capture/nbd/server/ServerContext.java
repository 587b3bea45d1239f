package dev.farshore.capture.nbd.server;

import dev.farshore.capture.nbd.Exports;
import dev.farshore.capture.nbd.NbdLimits;
import dev.farshore.capture.nbd.transmission.ExportBudgets;

/** What all connections of a server share. */
record ServerContext(
        Exports exports,
        NbdLimits limits,
        ExportBudgets budgets,
        ReadAheads readAheads,
        Connections connections,
        NbdThreads threads,
        FileDescriptors descriptors) {}
