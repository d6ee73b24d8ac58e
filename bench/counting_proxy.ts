/**
 * Passes TCP bytes on and counts them: what is on the wire, TLS and all, the same for every peer.
 *
 * @module
 */
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";

export interface CountingProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes from the client to the server, and back. */
  readonly sent: () => number;
  readonly received: () => number;
}

/** Listens on 127.0.0.1 for connections to `targetPort` there. */
export async function openProxy(targetPort: number): Promise<CountingProxy> {
  let sent = 0;
  let received = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, "127.0.0.1");
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {
        client.destroy();
        target.destroy();
      });
    }
    client.on("data", (bytes) => sent += bytes.length);
    target.on("data", (bytes) => received += bytes.length);
    client.pipe(target);
    target.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot open proxy");
  return {
    port: address.port,
    sent: () => sent,
    received: () => received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
