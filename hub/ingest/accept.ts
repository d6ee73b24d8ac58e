/**
 * Stage 1 of 7: the agents' listener. TLS, then HTTP, then WebSocket, each within its limits.
 *
 * `tls` → `http` → `ws` rather than `Bun.serve`, which does not show a client's certificate.
 *
 * @module
 */
import { getRequestListener } from "@hono/node-server";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createHash } from "node:crypto";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { LINK_PATH, MAX_LINK_BYTES, SUBPROTOCOL } from "../../sdk/wire/link.ts";
import { isApprovedSuite, suiteOf, TLS_POLICY } from "../../sdk/wire/tls_policy.ts";
import type { ServerCertificate } from "../access/authority.ts";
import { listenError } from "../listen_error.ts";
import type { Ingest } from "./ingest.ts";
import { tlsRefusal } from "./refusals.ts";
import { openSession, type Session } from "./session.ts";

/** Most connections, whatever they are. */
const MAX_CONNECTIONS = 4096;
/** Most that have not shown which agent they are. */
const MAX_STRANGERS = 256;
/** From the TCP connection to an answered HTTP request or a finished link handshake, in ms. */
const HANDSHAKE_MS = 15_000;
/** An agent pings every 5 s. */
const SILENCE_MS = 60_000;
const TICK_MS = 1000;

export interface LinkListener extends AsyncDisposable {
  readonly port: number;
  /** Shows another certificate to whom connects from now on. */
  renew(certificate: ServerCertificate): void;
}

export interface ListenOptions {
  /** Address to bind. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly certificate: ServerCertificate;
  /** PEM of the authority whose certificates agents are asked for. */
  readonly ca: string;
  readonly ingest: Ingest;
  /** Answers plain requests: {@link enrollRoutes}. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly clock: { now(): number; after(ms: number, run: () => void): () => void };
}

/** One TCP connection. */
interface Guest {
  readonly socket: Socket;
  /** SHA-256 of its certificate, in hex. */
  readonly shown: string | undefined;
  readonly since: number;
  heardAt: number;
  webSocket: WebSocket | undefined;
  session: Session | undefined;
}

/** Opens the listener. @throws {ListenError} If the address cannot be had. */
export async function listenLink(options: ListenOptions): Promise<LinkListener> {
  const { certificate, clock, ingest } = options;
  const guests = new Map<Duplex, Guest>();
  const http = answerHttp(options, guests);
  const tls = createTlsServer({
    ...secureBy(certificate, options.ca),
    handshakeTimeout: HANDSHAKE_MS,
    // Asked for, never demanded: who enrols has none. `certificates.ts` judges it at the hello.
    requestCert: true,
    rejectUnauthorized: false,
  });
  tls.on("secureConnection", (socket: TLSSocket) => {
    if (welcomeGuest(options, guests, socket)) http.emit("connection", socket);
  });
  tls.on("tlsClientError", (error: Error & { readonly code?: unknown }) => {
    ingest.refusals.count(tlsRefusal(error.code));
  });
  tls.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    tls.once("error", (cause) => reject(listenError({ what: "link", ...options }, cause)));
    tls.listen(options.port, options.host, resolve);
  });
  const cancelTick = tickEach(options, guests);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is one
  const { port } = tls.address() as AddressInfo;
  return {
    port,
    renew: (renewed) => tls.setSecureContext(secureBy(renewed, options.ca)),
    [Symbol.asyncDispose]: async () => {
      cancelTick();
      const closed = new Promise<void>((resolve) => tls.close(() => resolve()));
      for (const guest of guests.values()) {
        if (guest.session === undefined) guest.socket.destroy();
        else guest.session.end("hub-stop");
      }
      // Peers that do not answer the close are not waited for.
      const cancel = clock.after(TICK_MS, () => {
        for (const guest of guests.values()) guest.socket.destroy();
      });
      await closed;
      cancel();
    },
  };
}

function secureBy({ cert, key }: ServerCertificate, ca: string) {
  return { cert, key, ca, ...TLS_POLICY };
}

/** HTTP over connections that are handed in: plain requests, and the way up to the link. */
function answerHttp(options: ListenOptions, guests: ReadonlyMap<Duplex, Guest>): Server {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_LINK_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false,
  });
  const answer = getRequestListener(options.fetch, { overrideGlobalObjects: false });
  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const guest = guests.get(socket);
    const offered = request.headers["sec-websocket-protocol"]?.split(",").map((p) => p.trim());
    if (guest === undefined || request.url !== LINK_PATH || !offered?.includes(SUBPROTOCOL)) {
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      serve(options, guest, webSocket);
    });
  });
  return http;
}

/** Counts the connection in; false if it was one too many, or badly encrypted. */
function welcomeGuest(
  { clock, ingest }: ListenOptions,
  guests: Map<Duplex, Guest>,
  socket: TLSSocket,
): boolean {
  const strangers = [...guests.values()].filter((guest) => guest.session?.agent === undefined);
  const isApproved = isApprovedSuite(suiteOf(socket) ?? "");
  if (!isApproved || strangers.length >= MAX_STRANGERS) {
    ingest.refusals.count(isApproved ? "strangers" : "tls-suite");
    socket.destroy();
    return false;
  }
  const now = clock.now();
  guests.set(socket, {
    socket,
    shown: certificateOf(socket),
    since: now,
    heardAt: now,
    webSocket: undefined,
    session: undefined,
  });
  socket.on("close", () => guests.delete(socket));
  // Said again by `close`; without a listener it would end the process.
  socket.on("error", () => socket.destroy());
  return true;
}

/** Hash of what the client has shown; TLS has proved that it has the key. */
function certificateOf(socket: TLSSocket): string | undefined {
  // An empty object where it has shown none.
  const { raw } = socket.getPeerCertificate() as { readonly raw?: Uint8Array };
  return raw && createHash("sha256").update(raw).digest("hex");
}

function serve({ ingest, clock }: ListenOptions, guest: Guest, webSocket: WebSocket): void {
  const session = openSession(ingest, {
    send: (bytes) => webSocket.send(bytes),
    end: () => webSocket.close(1000),
    shown: guest.shown,
  });
  guest.webSocket = webSocket;
  guest.session = session;
  webSocket.on("message", (data, isBinary) => {
    guest.heardAt = clock.now();
    if (isBinary) session.receive(bytesOf(data));
    else session.end("message-text");
  });
  webSocket.on("ping", () => guest.heardAt = clock.now());
  webSocket.on("close", () => session.closed());
  // Said again by `close`: a message over the limit, a broken frame of the protocol.
  webSocket.on("error", () => webSocket.terminate());
}

function tickEach(options: ListenOptions, guests: ReadonlyMap<Duplex, Guest>): () => void {
  const { clock, ingest } = options;
  let cancel = (): void => {};
  const tick = (): void => {
    const now = clock.now();
    for (const guest of guests.values()) {
      guest.session?.tick();
      const isKnown = guest.session?.agent !== undefined;
      const since = isKnown ? guest.heardAt : guest.since;
      if (now - since <= (isKnown ? SILENCE_MS : HANDSHAKE_MS)) continue;
      if (!isKnown && guest.webSocket !== undefined) ingest.refusals.count("handshake-late");
      guest.socket.destroy();
    }
    cancel = clock.after(TICK_MS, tick);
  };
  cancel = clock.after(TICK_MS, tick);
  return () => cancel();
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
