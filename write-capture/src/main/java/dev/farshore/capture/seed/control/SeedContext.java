package dev.farshore.capture.seed.control;

import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.capture.seed.LogScan;
import dev.farshore.capture.session.NodeTime;

import java.nio.file.Path;
import java.util.concurrent.Executor;

/**
 * What the seeds of a node's volumes share.
 *
 * @param logScan {@link LogScan#NONE} where no import is ever continued
 * @param rules what may be imported
 * @param importFolder for raw files made from other formats
 * @param openers platform threads that open an import's source
 */
public record SeedContext(
        LocalImages images,
        LogScan logScan,
        ImportRules rules,
        Path importFolder,
        Executor openers,
        NodeTime time) {}
