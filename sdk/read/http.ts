/**
 * Hears HTTP/1.1 requests, through a bounded ring.
 *
 * A reader that falls behind makes senders wait: while the ring is full they are told to come again,
 * so nothing is dropped that a sender still holds.
 *
 * @module
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { parseBind, peerAddress } from "./bind.ts";
import type { HttpHead, HttpOptions, HttpReply, HttpTaken, Listener } from "./io.ts";
import { Ring } from "./ring.ts";
import { serverTls } from "./server_tls.ts";
import { UnpackError } from "./unpack/packed_bytes.ts";
import { unpackBody } from "./unpack/unpack_body.ts";

const DEFAULT_BODY_BYTES = 16 * 1024 * 1024;
const DEFAULT_RING_BYTES = 64 * 1024 * 1024;
const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_CONNECTIONS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** Binds `bind` and hears until `signal` aborts or its reader leaves. */
export async function listenHttp<T>(
  bind: string,
  options: HttpOptions<T>,
  signal: AbortSignal,
): Promise<Listener<HttpTaken<T>>> {
  const { address, port } = parseBind(bind);
  const requests = new Requests(options);
  const server = serverOf(options, (request, response) => requests.hear(request, response));
  const listening = once(server, "listening");
  server.listen(port, address);
  await listening;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
    requests.ring.close();
  };
  server.on("error", close);
  const bound = server.address();
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : 0,
    async *[Symbol.asyncIterator]() {
      try {
        yield* requests.ring.take();
      } finally {
        signal.removeEventListener("abort", close);
        close();
      }
    },
  };
}

function serverOf<T>(
  { tls, idleMs = DEFAULT_IDLE_MS, maxConnections = DEFAULT_CONNECTIONS }: HttpOptions<T>,
  hear: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: idleMs,
    requestTimeout: idleMs,
    keepAliveTimeout: idleMs,
  };
  const server = tls === undefined
    ? createServer(limits, hear)
    : createTlsServer({ ...limits, ...serverTls(tls) }, hear);
  server.maxConnections = maxConnections;
  return server;
}

class Requests<T> {
  readonly ring: Ring<HttpTaken<T>>;
  readonly #options: HttpOptions<T>;
  readonly #mostBody: number;
  readonly #mostComing: number;
  /** Bytes of bodies that are on their way. */
  #coming = 0;

  constructor(options: HttpOptions<T>) {
    this.#options = options;
    this.#mostBody = options.maxBodyBytes ?? DEFAULT_BODY_BYTES;
    this.#mostComing = options.ringBytes ?? DEFAULT_RING_BYTES;
    this.ring = new Ring(this.#mostComing);
  }

  hear(request: IncomingMessage, response: ServerResponse): void {
    const head = headOf(request);
    request.on("error", () => response.destroy());
    const early = this.#options.refuse(head) ??
      (this.ring.isFull || this.#coming >= this.#mostComing ? this.#options.busy(head) : undefined);
    if (early !== undefined) {
      // What the sender still writes is not read: its connection ends with the reply.
      send(response, { ...early, headers: { ...early.headers, connection: "close" } });
      return;
    }
    this.#receive(request, (packed) => send(response, this.#answer(head, packed)));
  }

  /** Gives the body, or undefined as soon as it is too large. */
  #receive(request: IncomingMessage, done: (packed: Uint8Array | undefined) => void): void {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    let isOver = false;
    const finish = (packed: Uint8Array | undefined): void => {
      if (isOver) return;
      isOver = true;
      done(packed);
      pieces.length = 0;
      this.#coming -= bytes;
    };
    request.on("data", (piece: Uint8Array) => {
      if (isOver) return;
      bytes += piece.length;
      this.#coming += piece.length;
      pieces.push(piece);
      if (bytes > this.#mostBody) finish(undefined);
    });
    request.on("end", () => finish(Buffer.concat(pieces, bytes)));
    request.on("close", () => {
      if (isOver) return;
      isOver = true;
      this.#coming -= bytes;
    });
  }

  #answer(head: HttpHead, packed: Uint8Array | undefined): HttpReply {
    const body = packed === undefined ? tooLarge(this.#mostBody) : this.#unpack(head, packed);
    if (!(body instanceof Uint8Array)) {
      const reply = this.#options.unreadable(head, body.status, body.why);
      // The rest of a body that was too large is not read.
      return packed === undefined
        ? { ...reply, headers: { ...reply.headers, connection: "close" } }
        : reply;
    }
    const { reply, keep } = this.#options.take({ ...head, body });
    if (keep !== undefined) this.ring.add({ value: keep, bytes: body });
    return reply;
  }

  #unpack({ headers }: HttpHead, packed: Uint8Array): Uint8Array | Unreadable {
    const coding = (headers["content-encoding"] ?? "").trim().toLowerCase();
    try {
      return unpackBody(packed, coding, this.#mostBody) ?? tooLarge(this.#mostBody);
    } catch (error) {
      if (error instanceof UnpackError) return { status: 400, why: error.message };
      if (error instanceof RangeError) return { status: 415, why: error.message };
      throw error;
    }
  }
}

interface Unreadable {
  readonly status: 400 | 413 | 415;
  readonly why: string;
}

function tooLarge(most: number): Unreadable {
  return { status: 413, why: `Cannot read body: it is over ${most} bytes` };
}

function headOf(request: IncomingMessage): HttpHead {
  const { method = "", url = "/", headers, socket } = request;
  const cut = url.indexOf("?");
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    method,
    path: cut < 0 ? url : url.slice(0, cut),
    query: cut < 0 ? "" : url.slice(cut),
    headers: single,
    from: peerAddress(socket.remoteAddress),
  };
}

function send(response: ServerResponse, { status, headers = {}, body = "" }: HttpReply): void {
  response.on("error", () => response.destroy());
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
