/**
 * One call of S3's REST interface: signed, with a deadline that progress renews, and repeated where
 * that may help.
 *
 * @module
 */
import { aborted, TargetError } from "./cold_target.ts";
import { failureOf, type Named, noAnswer } from "./s3_failure.ts";
import {
  type Credentials,
  EMPTY_HASH,
  encodeRfc3986,
  sha256Hex,
  signedHeaders,
  type UnsignedRequest,
} from "./sign_request.ts";

/** The `fetch` of the runtime: `tls` is Bun's. */
export type Fetch = (url: URL, init: FetchInit) => Promise<Response>;

interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  readonly redirect: "manual";
  readonly decompress: false;
  readonly tls?: { readonly ca: string };
}

/** A bucket, and how it is asked. */
export interface S3Account {
  readonly endpoint: URL;
  readonly bucket: string;
  readonly region: string;
  /** The bucket's name stands in the path, not in the host. */
  readonly pathStyle: boolean;
  /** PEM of authorities that are trusted besides none other. */
  readonly ca?: string | undefined;
  /** Asked for each call. */
  readonly credentials: () => Credentials;
}

export interface CallEnv {
  readonly fetch: Fetch;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

export interface S3Call {
  readonly method: UnsignedRequest["method"];
  /** Undefined: the bucket itself. */
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** How the key is called in messages. */
  readonly name?: string | undefined;
  /** How long the first byte may take, in ms; default 15,000 and what a body needs. */
  readonly answerMs?: number;
}

/** Reads an answer; `moved` is told of each piece that has come. */
export type ReadAnswer<T> = (answer: Response, moved: () => void) => Promise<T>;

export type Exchange = <T>(call: S3Call, read: ReadAnswer<T>, signal: AbortSignal) => Promise<T>;

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;
/** Nothing has come for so long: the connection is taken for dead. */
const STALL_MS = 15_000;
/** A body that is sent may take longer, down to so many bytes a ms. */
const LEAST_RATE = 128;
const MAX_ERROR_BYTES = 64 * 1024;

/** Makes the function that calls `account`. It rejects with {@link TargetError}. */
export function openCalls(account: S3Account, named: Named, env: CallEnv): Exchange {
  return async (call, read, signal) => {
    for (let attempt = 1;; attempt++) {
      try {
        return await once({ account, named, env }, call, { read, signal });
      } catch (error) {
        if (signal.aborted) throw aborted(error);
        const isLast = attempt === ATTEMPTS;
        if (!(error instanceof TargetError) || error.permanent || isLast) throw error;
      }
      await pause(env, FIRST_PAUSE_MS * 2 ** (attempt - 1), signal);
    }
  };
}

interface Ways {
  readonly account: S3Account;
  readonly named: Named;
  readonly env: CallEnv;
}

async function once<T>(
  { account, named, env }: Ways,
  call: S3Call,
  { read, signal }: { readonly read: ReadAnswer<T>; readonly signal: AbortSignal },
): Promise<T> {
  if (signal.aborted) throw aborted();
  const url = urlOf(account, call);
  const { method, body, name } = call;
  const headers = signedHeaders(
    { method, url, headers: {}, bodyHash: body === undefined ? EMPTY_HASH : sha256Hex(body) },
    { credentials: account.credentials(), region: account.region, now: env.now() },
  );
  const { answerMs = STALL_MS + (body?.length ?? 0) / LEAST_RATE } = call;
  using watch = stallWatch(env, signal, answerMs);
  try {
    const answer = await env.fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      signal: watch.signal,
      redirect: "manual",
      decompress: false,
      ...(account.ca !== undefined && { tls: { ca: account.ca } }),
    });
    watch.moved();
    if (answer.ok) return await read(answer, watch.moved);
    const text = method === "HEAD" ? "" : (await answer.text()).slice(0, MAX_ERROR_BYTES);
    const { status } = answer;
    throw failureOf(named, { status, headers: answer.headers, body: text, name }, env.now());
  } catch (error) {
    if (error instanceof TargetError || isOurs(error)) throw error;
    throw noAnswer(named, error);
  }
}

/** Errors of the hub's disk, which no other attempt mends. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && error.name === "FilesError";
}

function urlOf({ endpoint, bucket, pathStyle }: S3Account, { key, query = {} }: S3Call): URL {
  const url = new URL(endpoint);
  if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`;
  const path = [
    ...url.pathname.split("/").filter((part) => part !== ""),
    ...(pathStyle ? [bucket] : []),
    ...(key === undefined ? [] : key.split("/").map(encodeRfc3986)),
  ].join("/");
  url.pathname = `/${path}`;
  url.search = Object.entries(query)
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .join("&");
  return url;
}

interface StallWatch extends Disposable {
  readonly signal: AbortSignal;
  readonly moved: () => void;
}

/** Aborts with `signal`, or once nothing has moved for a while. */
function stallWatch(env: CallEnv, signal: AbortSignal, firstMs: number): StallWatch {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal.addEventListener("abort", abort, { once: true });
  let cancel = env.after(firstMs, abort);
  return {
    signal: stop.signal,
    moved() {
      cancel();
      cancel = env.after(STALL_MS, abort);
    },
    [Symbol.dispose]() {
      cancel();
      signal.removeEventListener("abort", abort);
    },
  };
}

function pause(env: CallEnv, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = env.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
