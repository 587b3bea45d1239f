package dev.farshore.schemas.failure;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;

/**
 * Why something failed, in words. Many of Java's own exceptions have only a path or a host name as
 * message, and say what is wrong by their class name, or have no message.
 */
public final class Reason {
    private Reason() {}

    /** One sentence without an end. */
    public static String of(Throwable failure) {
        return switch (failure) {
            case NoSuchFileException e -> file(e, "no such file or folder");
            case AccessDeniedException e -> file(e, "permission denied");
            case FileAlreadyExistsException e -> file(e, "exists already");
            case DirectoryNotEmptyException e -> file(e, "is not empty");
            case NotDirectoryException e -> file(e, "is no folder");
            case ReadOnlyFileSystemException e -> "the file system is read-only";
            case UnknownHostException e -> "there is no host '" + e.getMessage() + "'";
            case ConnectException e -> message(e, "connection refused");
            case HttpTimeoutException e -> message(e, "timed out");
            default -> message(failure, failure.toString());
        };
    }

    private static String file(FileSystemException e, String what) {
        String reason = e.getReason() == null ? what : what + " (" + e.getReason() + ")";
        String files =
                e.getOtherFile() == null ? e.getFile() : e.getFile() + " -> " + e.getOtherFile();
        return files == null ? reason : files + ": " + reason;
    }

    private static String message(Throwable failure, String otherwise) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? otherwise : message;
    }
}
