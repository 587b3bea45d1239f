/** What all tests here use: real servers, real tools, child processes that always end. */
@NullMarked
package dev.farshore.tests.support;

import org.jspecify.annotations.NullMarked;
