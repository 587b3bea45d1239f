package dev.farshore.bench.peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * QEMU's monitor: commands and answers, a JSON object a line.
 *
 * @see <a href="https://www.qemu.org/docs/master/interop/qmp-spec.html">QMP specification</a>
 */
final class QmpClient implements AutoCloseable {
    private final ObjectMapper mapper = new ObjectMapper();
    private final SocketChannel channel;
    private final BufferedReader in;

    private QmpClient(SocketChannel channel) {
        this.channel = channel;
        Reader text = Channels.newReader(channel, StandardCharsets.UTF_8);
        this.in = new BufferedReader(text);
    }

    static QmpClient connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        QmpClient client = new QmpClient(channel);
        boolean connected = false;
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            client.next(); // the greeting
            client.execute("qmp_capabilities", Map.of());
            connected = true;
            return client;
        } finally {
            if (!connected) {
                client.close();
            }
        }
    }

    /**
     * @return what the command returned
     * @throws IOException if it was refused
     */
    JsonNode execute(String command, Map<String, Object> arguments) throws IOException {
        ObjectNode request = mapper.createObjectNode().put("execute", command);
        if (!arguments.isEmpty()) {
            request.set("arguments", mapper.valueToTree(arguments));
        }
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(request + "\n");
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        while (true) {
            JsonNode answer = next();
            if (answer.has("return")) {
                return answer.get("return");
            }
            if (answer.has("error")) {
                throw new IOException("%s was refused: %s".formatted(command, answer.get("error")));
            }
            // Anything else is an event.
        }
    }

    private JsonNode next() throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new IOException("the monitor was closed");
        }
        return mapper.readTree(line);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to do with it.
        }
    }
}
