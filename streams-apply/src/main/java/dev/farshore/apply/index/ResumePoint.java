package dev.farshore.apply.index;

import dev.farshore.schemas.log.LogCursor;

/**
 * Where reading a volume's headers has to begin again.
 *
 * @param cursor before the header there
 * @param headersOffset in the headers topic; MAX_VALUE if nothing that is known need be read again
 */
record ResumePoint(LogCursor cursor, long headersOffset) {}
