/**
 * A server and a client of the Network Block Device protocol. It knows nothing of Farshore, and
 * needs SLF4J and, for TLS, tls-channel.
 *
 * <p>To serve a device, implement {@link dev.farshore.nbd.BlockDevice} and offer it:
 *
 * {@snippet :
 * Exports exports = new Exports() {
 *     public List<Description> list() {
 *         return List.of(new Description("disk", "a disk in memory"));
 *     }
 *     public BlockDevice open(String name, Client client) {
 *         return new MyDevice(); // or throw an ExportUnavailableException
 *     }
 * };
 * var listeners = List.of(NbdListener.tcp("127.0.0.1", 10809));
 * var server = new NbdServer(exports, listeners, NbdLimits.defaults());
 * server.start();
 * }
 *
 * <p>For a server: {@link dev.farshore.nbd.server.NbdServer}, {@link dev.farshore.nbd.NbdListener}
 * with {@link dev.farshore.nbd.TlsPolicy} ({@link dev.farshore.nbd.PemCredentials} reads
 * certificates), {@link dev.farshore.nbd.NbdLimits}, {@link dev.farshore.nbd.Exports}, {@link
 * dev.farshore.nbd.BlockDevice} and, for BLOCK_STATUS, {@link dev.farshore.nbd.BlockStatusSource}.
 *
 * <p>For a client: {@link dev.farshore.nbd.client.NbdClient} and {@link
 * dev.farshore.nbd.client.NbdUri}.
 *
 * <p>Not for users: a connection is accepted by {@code server}, which reads and writes by {@code
 * socket}, agrees on an export in {@code handshake}, and serves it in {@code transmission}.
 */
@NullMarked
package dev.farshore.nbd;

import org.jspecify.annotations.NullMarked;
