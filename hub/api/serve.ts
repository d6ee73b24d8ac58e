/**
 * The page's listener: HTTP on a loopback address.
 *
 * @module
 */
import { listenError } from "../listen_error.ts";
import type { HubApp } from "./mount.ts";

/** A listener's address. */
export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A running listener. */
export interface PageServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:4310`. */
  readonly url: string;
}

/** Whether only this machine can reach `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** What a browser may call a loopback listener on `port`. */
export function hostsOf({ host, port }: Address): ReadonlySet<string> {
  const own = host.includes(":") ? `[${host}]` : host;
  return new Set([own, "127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`));
}

/**
 * Listens. `app` is asked for once the port is known: it refuses other names than those of
 * {@link hostsOf}.
 *
 * @throws {RangeError} If the address is not loopback: there is no TLS here.
 * @throws {ListenError} If it cannot be had.
 */
export function servePage(
  address: Address,
  app: (hosts: ReadonlySet<string>) => HubApp,
): PageServer {
  if (!isLoopback(address.host)) {
    throw new RangeError(
      `Cannot serve page on "${address.host}": must be a loopback address such as 127.0.0.1`,
    );
  }
  const ready = Promise.withResolvers<HubApp>();
  const server = bind(address, async (request, own) => {
    const answer = await ready.promise;
    return answer.fetch(request, { remote: own.requestIP(request)?.address ?? "" });
  });
  const bound = { host: address.host, port: server.port ?? 0 };
  ready.resolve(app(hostsOf(bound)));
  const name = bound.host.includes(":") ? `[${bound.host}]` : bound.host;
  return {
    url: `http://${name}:${bound.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** @throws {ListenError} */
function bind(
  { host, port }: Address,
  answer: (request: Request, own: Bun.Server<undefined>) => Promise<Response>,
): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: host,
      port,
      // Live streams are open for as long as somebody looks.
      idleTimeout: 0,
      development: false,
      // Without development Bun shares the port: half of the calls would go to another hub.
      reusePort: false,
      fetch: answer,
    });
  } catch (cause) {
    throw listenError({ what: "page", host, port }, cause);
  }
}
