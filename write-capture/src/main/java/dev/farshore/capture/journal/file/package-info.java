/**
 * How a journal lies in its file: {@link dev.farshore.capture.journal.file.Layout} draws it. For
 * the journal's own use; others need only {@link
 * dev.farshore.capture.journal.file.JournalException}.
 */
@NullMarked
package dev.farshore.capture.journal.file;

import org.jspecify.annotations.NullMarked;
