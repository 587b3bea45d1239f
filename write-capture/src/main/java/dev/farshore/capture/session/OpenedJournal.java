package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.schemas.log.ChainPoint;

import java.nio.file.Path;

/**
 * A journal that a session begins with.
 *
 * @param isResumed whether it was there before this process
 * @param publishedChain the hash chain after the newest event that both topics are known to have
 */
record OpenedJournal(Path file, Journal journal, boolean isResumed, ChainPoint publishedChain) {}
