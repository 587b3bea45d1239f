package dev.farshore.nbd.server;

import dev.farshore.nbd.NbdListener;
import dev.farshore.nbd.TlsPolicy;
import dev.farshore.nbd.socket.ClientSocket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.util.concurrent.locks.LockSupport;

/** Takes in clients of one listener. Threading: {@link #run} on a thread of its own. */
final class Acceptor implements Runnable, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Acceptor.class);
    private static final int BACKLOG = 128;
    private static final long RETRY_NANOS = 100_000_000;

    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final TlsPolicy tls;
    private final ServerContext context;

    /** Of the accepting thread. */
    private boolean isRefusing;

    private Acceptor(ServerSocketChannel channel, TlsPolicy tls, ServerContext context)
            throws IOException {
        this.tls = tls;
        this.channel = channel;
        this.address = channel.getLocalAddress();
        this.context = context;
    }

    static Acceptor bind(NbdListener listener, ServerContext context) throws IOException {
        boolean unix = listener.address() instanceof UnixDomainSocketAddress;
        ServerSocketChannel channel =
                unix
                        ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        : ServerSocketChannel.open();
        try {
            if (listener.address() instanceof UnixDomainSocketAddress path) {
                removeIfStale(path);
            } else {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            }
            channel.bind(listener.address(), BACKLOG);
            return new Acceptor(channel, listener.tls(), context);
        } catch (IOException e) {
            channel.close();
            throw new IOException("can't serve NBD on " + listener.address() + ": " + reason(e), e);
        }
    }

    /** A socket file outlives a killed server: it goes if nobody answers on it. */
    private static void removeIfStale(UnixDomainSocketAddress address) throws IOException {
        if (!Files.exists(address.getPath())) {
            return;
        }
        try {
            SocketChannel.open(address).close();
        } catch (ConnectException e) {
            Files.delete(address.getPath());
            return;
        }
        throw new IOException("another process is serving there");
    }

    SocketAddress address() {
        return address;
    }

    @Override
    public void run() {
        while (channel.isOpen()) {
            try {
                SocketChannel client = channel.accept();
                if (context.descriptors().areScarce()) {
                    client.close();
                    refusing("too few file descriptors are left (ulimit -n)");
                } else {
                    accepting();
                    admit(client);
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // Out of descriptors, most likely: others may close some.
                refusing(reason(e));
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    /** A file exception's message is only the file's name. */
    private static String reason(IOException e) {
        return e instanceof FileSystemException || e.getMessage() == null
                ? e.toString()
                : e.getMessage();
    }

    /** Says so once, however many clients come. */
    private void refusing(String reason) {
        if (!isRefusing) {
            isRefusing = true;
            log.atWarn()
                    .addKeyValue("address", address)
                    .addKeyValue("reason", reason)
                    .log("takes no more clients");
        }
    }

    private void accepting() {
        if (isRefusing) {
            isRefusing = false;
            log.atInfo().addKeyValue("address", address).log("takes clients again");
        }
    }

    private void admit(SocketChannel client) throws IOException {
        ClientSocket socket;
        try {
            socket = new ClientSocket(client);
        } catch (IOException e) {
            client.close();
            return;
        }
        Connection connection = new Connection(socket, tls, context);
        if (context.connections().add(connection)) {
            start(socket, connection);
        } else {
            log.atWarn()
                    .addKeyValue("client", socket.address())
                    .addKeyValue("connections", context.connections().count())
                    .log("refused a connection: there are as many as allowed");
            socket.close();
        }
    }

    /** A client that there is no thread for is not served; those that come later may be. */
    private void start(ClientSocket socket, Connection connection) {
        try {
            context.threads().start("nbd " + socket.address(), connection);
        } catch (OutOfMemoryError e) {
            context.connections().remove(connection);
            socket.close();
            refusing("no thread could be started: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            if (address instanceof UnixDomainSocketAddress unix) {
                Files.deleteIfExists(unix.getPath());
            }
        } catch (IOException e) {
            log.atWarn().addKeyValue("address", address).setCause(e).log("can't close a listener");
        }
    }
}
