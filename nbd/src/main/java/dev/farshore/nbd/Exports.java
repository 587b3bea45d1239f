package dev.farshore.nbd;

import java.util.List;

/** The exports of a server. Threading: any thread. */
public interface Exports {

    /** An export as LIST shows it. */
    record Description(String name, String text) {}

    List<Description> list();

    /**
     * Opens an export for one client.
     *
     * @param client the connection it is for
     * @throws ExportUnavailableException if there is no such export, or it is not served here now
     */
    BlockDevice open(String name, Client client) throws ExportUnavailableException;

    /** A connection, as the device behind it sees it. */
    interface Client {
        /** The peer's address, for logs and error texts. */
        String address();

        /**
         * Whether the peer has certainly crashed when this host does. What comes over TCP may have
         * been passed on by a proxy of this host, so an address tells nothing.
         */
        default boolean isOnThisHost() {
            return false;
        }

        /**
         * Closes the connection without answering what is still in flight, so that the client
         * connects again and finds the volume where it is now.
         */
        void disconnect(String reason);
    }
}
