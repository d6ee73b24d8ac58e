/**
 * A witness's HTTP: one route, plain. Who is asked from outside puts TLS before it; what it takes and
 * gives is signed.
 *
 * @module
 */
import { ADD_CHECKPOINT, MOST_REQUEST_BYTES } from "../../sdk/proof/witness_request.ts";
import type { Address } from "../api/serve.ts";
import { listenError } from "../listen_error.ts";
import type { Witness } from "./witness.ts";

/** A running listener. */
export interface WitnessServer extends AsyncDisposable {
  /** What logs are told: the submission prefix. */
  readonly url: string;
}

/** @throws {ListenError} If the address cannot be had. */
export function serveWitness({ host, port }: Address, witness: Witness): WitnessServer {
  const server = bind({ host, port }, (request) => answer(request, witness));
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

async function answer(request: Request, witness: Witness): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname !== `/${ADD_CHECKPOINT}`) return plain(404, `must be /${ADD_CHECKPOINT}`);
  if (request.method !== "POST") return plain(405, "must be POST");
  const text = utf8(await request.arrayBuffer());
  if (text === undefined) return plain(400, "it must be UTF-8");
  const { status, type, body } = await witness.add(text);
  return new Response(body, { status, headers: { "content-type": type } });
}

function utf8(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function plain(status: number, why: string): Response {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return new Response(`Cannot answer request: ${why}\n`, { status, headers });
}

function bind(
  { host, port }: Address,
  fetch: (request: Request) => Promise<Response>,
): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: host,
      port,
      development: false,
      reusePort: false,
      maxRequestBodySize: MOST_REQUEST_BYTES,
      fetch,
    });
  } catch (cause) {
    throw listenError({ what: "witness", host, port }, cause);
  }
}
