package dev.farshore.tests.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Distance on one machine: hands bytes on between its clients and a server on loopback, later and
 * more slowly, or not at all.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int CHUNK_BYTES = 32 << 10;

    /** Each way of each connection has room for so many chunks: 64 MiB on the way. */
    private static final int CHUNKS_ON_THE_WAY = 2048;

    private final ServerSocket listener;
    private final InetSocketAddress server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean isCut;
    private volatile long delayNanos;
    private volatile long bytesPerSecond = Long.MAX_VALUE;

    /** When the link towards the clients is free again; shared by all connections. */
    private final AtomicLong freeAtNanos = new AtomicLong(System.nanoTime());

    private record Chunk(byte[] bytes, long dueNanos) {}

    private TcpProxy(ServerSocket listener, int serverPort) {
        this.listener = listener;
        this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
        Thread.ofVirtual().name("proxy").start(this::accept);
    }

    /** Listens on a free port for a server that may start later. */
    public static TcpProxy to(int serverPort) throws IOException {
        return new TcpProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), serverPort);
    }

    public int port() {
        return listener.getLocalPort();
    }

    public String address() {
        return "127.0.0.1:" + port();
    }

    /** From now on it takes so much longer, each way. */
    public void delay(Duration eachWay) {
        delayNanos = eachWay.toNanos();
    }

    /** From now on so much goes to the clients, of all connections together. */
    public void limit(long newBytesPerSecond) {
        bytesPerSecond = newBytesPerSecond;
    }

    /** Closes all connections, and every new one at once. */
    public void cut() {
        isCut = true;
        sockets.forEach(TcpProxy::close);
    }

    public void restore() {
        isCut = false;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void connect(Socket client) {
        sockets.add(client);
        try {
            Socket toServer = new Socket();
            sockets.add(toServer);
            client.setTcpNoDelay(true);
            toServer.setTcpNoDelay(true);
            if (isCut) {
                throw new IOException("cut");
            }
            toServer.connect(server);
            pump(client, toServer, false);
            pump(toServer, client, true);
        } catch (IOException e) {
            close(client);
        }
    }

    private void pump(Socket from, Socket to, boolean isLimited) {
        BlockingQueue<Chunk> onTheWay = new ArrayBlockingQueue<>(CHUNKS_ON_THE_WAY);
        Thread writer = Thread.ofVirtual().unstarted(() -> deliver(onTheWay, from, to, isLimited));
        Thread.ofVirtual().start(() -> takeIn(from, onTheWay, writer));
        writer.start();
    }

    private void takeIn(Socket from, BlockingQueue<Chunk> onTheWay, Thread writer) {
        byte[] buffer = new byte[CHUNK_BYTES];
        try {
            InputStream in = from.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                onTheWay.put(
                        new Chunk(Arrays.copyOf(buffer, count), System.nanoTime() + delayNanos));
            }
        } catch (IOException | InterruptedException e) {
            // The connection has gone, as below.
        }
        writer.interrupt();
    }

    private void deliver(BlockingQueue<Chunk> onTheWay, Socket from, Socket to, boolean isLimited) {
        try {
            OutputStream out = to.getOutputStream();
            while (true) {
                Chunk chunk = onTheWay.take();
                awaitNanos(chunk.dueNanos());
                if (isLimited) {
                    awaitNanos(pass(chunk.bytes().length));
                }
                out.write(chunk.bytes());
            }
        } catch (IOException | InterruptedException e) {
            close(from);
            close(to);
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    /** When the link has passed so many more bytes. */
    private long pass(int bytes) {
        long nanos = (long) (bytes * 1e9 / bytesPerSecond);
        return freeAtNanos.updateAndGet(free -> Math.max(free, System.nanoTime()) + nanos);
    }

    private static void awaitNanos(long dueNanos) throws InterruptedException {
        for (long left = dueNanos - System.nanoTime();
                left > 0;
                left = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no more use either way.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }
}
