/**
 * Hears messages over TCP (RFC 6587) and TLS (RFC 5425), through a bounded ring.
 *
 * A reader that falls behind stops the connections: TCP pushes back to the senders, so nothing is
 * dropped that a sender still holds.
 *
 * @module
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { parseBind, peerAddress } from "./bind.ts";
import type { Listener, StreamMessage, TcpOptions } from "./io.ts";
import { Ring } from "./ring.ts";
import { serverTls } from "./server_tls.ts";
import { openFramer } from "./open_framer.ts";
import type { Framed } from "./stream_framer.ts";

const DEFAULT_MESSAGE_BYTES = 64 * 1024;
const DEFAULT_RING_BYTES = 8 * 1024 * 1024;
const DEFAULT_IDLE_MS = 10 * 60_000;
const DEFAULT_CONNECTIONS = 1_000;
/** A peer that reads no replies is let go of once so many bytes of them wait. */
const MAX_REPLY_BYTES = 64 * 1024;

/** Binds `bind` and hears until `signal` aborts or its reader leaves. */
export async function listenTcp(
  bind: string,
  options: TcpOptions,
  signal: AbortSignal,
): Promise<Listener<StreamMessage>> {
  const { address, port } = parseBind(bind);
  const connections = new Connections(options);
  const server = options.tls === undefined
    ? createServer((socket) => connections.accept(socket))
    : createTlsServer(serverTls(options.tls), (socket) => connections.accept(socket));
  // A failed handshake ends its connection only.
  server.on("tlsClientError", (_error: Error, socket: Socket) => socket.destroy());
  server.maxConnections = options.maxConnections ?? DEFAULT_CONNECTIONS;
  const listening = once(server, "listening");
  server.listen(port, address);
  await listening;
  const close = (): void => {
    server.close();
    connections.close();
  };
  server.on("error", close);
  const bound = portOf(server);
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  return {
    port: bound,
    async *[Symbol.asyncIterator]() {
      try {
        for await (const batch of connections.ring.take()) {
          yield batch;
          connections.resume();
        }
      } finally {
        signal.removeEventListener("abort", close);
        close();
      }
    },
  };
}

class Connections {
  readonly ring: Ring<StreamMessage>;
  readonly #options: TcpOptions;
  readonly #open = new Set<Socket>();
  #isPaused = false;

  constructor(options: TcpOptions) {
    this.#options = options;
    this.ring = new Ring(options.ringBytes ?? DEFAULT_RING_BYTES);
  }

  accept(socket: Socket): void {
    this.#open.add(socket);
    const { idleMs = DEFAULT_IDLE_MS, framing = "auto", maxMessageBytes = DEFAULT_MESSAGE_BYTES } =
      this.#options;
    const from = peerAddress(socket.remoteAddress);
    const framer = openFramer({ framing, maxMessageBytes }, (framed) => {
      this.#take(framed, from, socket);
    });
    socket.on("data", (piece: Uint8Array) => {
      framer.push(piece);
      if (this.ring.isFull) this.#pause();
      if (framer.isBroken === true) socket.end(() => socket.destroy());
    });
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#open.delete(socket);
      framer.end();
    });
    if (this.#isPaused) socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const socket of this.#open) socket.resume();
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.ring.close();
  }

  #take({ bytes, cut }: Framed, from: string, socket: Socket): void {
    if (bytes.length === 0) return;
    const message = { bytes: new Uint8Array(bytes), from, ...(cut && { cut }) };
    const answer = this.#options.answer?.(message);
    if (answer?.keep !== false) this.ring.add(message);
    if (answer?.reply === undefined || socket.destroyed) return;
    socket.write(answer.reply);
    if (socket.writableLength > MAX_REPLY_BYTES) socket.destroy();
  }

  #pause(): void {
    this.#isPaused = true;
    for (const socket of this.#open) socket.pause();
  }
}

function portOf(server: Server): number {
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}
