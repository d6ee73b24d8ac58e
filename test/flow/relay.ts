/**
 * A door that stays where it is while the hub behind it comes and goes on other ports.
 *
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Relay extends Disposable {
  readonly port: number;
  /** Where to; undefined: nobody is there. */
  target: number | undefined;
}

/** Opens a relay on a port that the system chooses. */
export async function openRelay(): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay = { target: undefined as number | undefined };
  const server = createServer((incoming) => {
    if (relay.target === undefined) return incoming.destroy();
    const outgoing = connect(relay.target, "127.0.0.1");
    join(incoming, outgoing, sockets);
    join(outgoing, incoming, sockets);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(relay, {
    port,
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
}

/** One direction; whatever ends one side ends the other. */
function join(from: Socket, to: Socket, sockets: Set<Socket>): void {
  sockets.add(from);
  from.pipe(to);
  from.on("error", () => to.destroy());
  from.on("close", () => {
    sockets.delete(from);
    to.destroy();
  });
}
