/**
 * The agent's WebSocket: TLS as `tls_policy.ts` allows it, one pinned authority, no other roots.
 *
 * `ws` by its name: Deno runs the package, Bun its own client of the same interface (measured: both
 * refuse an unknown authority and a wrong host name, and tell when sent bytes have left).
 *
 * @module
 */
import WebSocket from "ws";
import { LINK_PATH, MAX_MESSAGE_BYTES, SUBPROTOCOL } from "../../sdk/wire/link.ts";
import { isApprovedSuite, suiteOf, TLS_POLICY } from "../../sdk/wire/tls_policy.ts";

/** What the agent shows of itself. */
export interface LinkCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate's DER. */
  readonly hash: Uint8Array;
  /** ms since the epoch. */
  readonly notAfter: number;
}

/** Where the hub is and whom to believe. */
export interface HubAddress {
  /** Such as `wss://hub.example:7443`, without a path. */
  readonly url: string;
  /** PEM of the hub's authority, from enrolment: the only one that is trusted. */
  readonly ca: string;
  /** The name that the hub's certificate must have, where it is not the host of `url`. */
  readonly serverName?: string;
  /** Of this agent; an agent of 0.1.0 has none. */
  readonly certificate?: LinkCertificate | undefined;
}

/** What a socket tells its owner. `closed` comes exactly once, and last. */
export interface SocketEvents {
  open(): void;
  message(bytes: Uint8Array): void;
  /** The hub answered a ping. */
  pong(): void;
  /** `why` is a stable code of the platform, such as `ECONNREFUSED`, or `closed`. */
  closed(why: string): void;
}

export interface LinkSocket {
  /** Sends one binary message; `sent` is called when it has left this process. */
  send(bytes: Uint8Array, sent?: () => void): void;
  ping(): void;
  /** Ends the connection, in order if the peer answers within some seconds. */
  close(): void;
  /** Ends it at once. */
  terminate(): void;
}

/** Opens a connection to `hub`. */
export function openSocket(hub: HubAddress, events: SocketEvents): LinkSocket {
  const socket = new WebSocket(new URL(LINK_PATH, hub.url), SUBPROTOCOL, {
    ca: hub.ca,
    ...TLS_POLICY,
    ...(hub.certificate && { cert: hub.certificate.cert, key: hub.certificate.key }),
    rejectUnauthorized: true,
    perMessageDeflate: false,
    handshakeTimeout: 10_000,
    maxPayload: MAX_MESSAGE_BYTES,
    ...(hub.serverName !== undefined && { servername: hub.serverName }),
  });
  let why = "closed";
  let isOver = false;
  // Deno's client offers more than the policy allows, and Bun's does not say what was chosen: a
  // hub of ours takes nothing else from either.
  socket.on("upgrade", ({ socket: secured }: { readonly socket: object | null }) => {
    const suite = suiteOf(secured);
    if (suite === undefined || isApprovedSuite(suite)) return;
    why = "tls-suite";
    socket.terminate();
  });
  socket.on("open", () => events.open());
  socket.on("pong", () => events.pong());
  socket.on("message", (data, isBinary) => {
    if (isBinary) events.message(bytesOf(data));
    else socket.close(1003);
  });
  socket.on("error", (error: Error & { readonly code?: unknown }) => {
    if (why === "closed") why = typeof error.code === "string" ? error.code : "connection";
  });
  socket.on("close", () => {
    if (!isOver) events.closed(why);
    isOver = true;
  });
  return {
    send: (bytes, sent) => {
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(bytes, (error) => {
          // A failed send is followed by `close`, which is what the owner acts on.
          if (error === undefined || error === null) sent?.();
        });
      }
    },
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    close: () => socket.close(1000),
    terminate: () => socket.terminate(),
  };
}

function bytesOf(data: WebSocket.RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
