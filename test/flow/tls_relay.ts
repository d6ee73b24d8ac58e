/**
 * A relay that ends TLS with the hub's own certificate: what passes on the link in clear.
 *
 * @module
 */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";

export interface TlsRelay extends Disposable {
  readonly port: number;
  /** All that the agent has sent, by connection. */
  sent(): readonly Buffer[];
}

/**
 * Opens a relay before the link of the hub whose data folder is `hubFolder`. It shows the hub what is
 * in `agentPem`, the agent's own key and certificate, as soon as there is such a file.
 */
export async function openTlsRelay(
  hubFolder: string,
  target: number,
  agentPem: string,
): Promise<TlsRelay> {
  const fileOf = (name: string): string => readFileSync(join(hubFolder, "authority", name), "utf8");
  const connections: Buffer[][] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert: fileOf("link.crt"), key: fileOf("link.key") }, (agent) => {
    const bytes: Buffer[] = [];
    connections.push(bytes);
    const own = existsSync(agentPem) ? readFileSync(agentPem, "utf8") : undefined;
    const hub = connect({
      port: target,
      host: "127.0.0.1",
      ca: fileOf("authority.crt"),
      ...(own !== undefined && { cert: own, key: own }),
    });
    agent.on("data", (chunk: Buffer) => bytes.push(chunk));
    for (const [from, to] of [[agent, hub], [hub, agent]] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => connections.map((chunks) => Buffer.concat(chunks)),
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The messages of a WebSocket client that sent `bytes`, unmasked (RFC 6455 §5.2). */
export function webSocketMessages(bytes: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  let parts: Buffer[] = [];
  let at = bytes.indexOf("\r\n\r\n") + 4;
  while (at + 6 <= bytes.length) {
    const head = bytes[at]!;
    const { length, size } = lengthAt(bytes, at + 1);
    const mask = bytes.subarray(at + 1 + size, at + 5 + size);
    const start = at + 5 + size;
    const payload = Buffer.from(bytes.subarray(start, start + length));
    for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i % 4]!;
    at = start + length;
    // Control frames may stand between the parts of a message.
    if ((head & 0x08) !== 0) continue;
    parts.push(payload);
    if ((head & 0x80) === 0) continue;
    messages.push(Buffer.concat(parts));
    parts = [];
  }
  return messages;
}

/** The payload's length, and how many bytes say it. */
function lengthAt(bytes: Buffer, at: number): { readonly length: number; readonly size: number } {
  const short = bytes[at]! & 0x7f;
  if (short === 126) return { length: bytes.readUInt16BE(at + 1), size: 3 };
  if (short === 127) return { length: Number(bytes.readBigUInt64BE(at + 1)), size: 9 };
  return { length: short, size: 1 };
}
