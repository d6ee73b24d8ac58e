/**
 * The hub's client: calls declared routes, in a browser page, Bun, Deno or Node.
 *
 * @module
 */
import * as v from "valibot";
import { live, type LiveMessage } from "../api/live.ts";
import { Problem, type ProblemCode } from "../api/problem.ts";
import type { AnySchema, Input, Media, Output, Params, Route } from "../api/route.ts";
import { readServerEvents } from "./server_events.ts";

type MaybeSchema = AnySchema | undefined;
/** Members whose value would be nothing are left out, so that callers need not write them. */
type Needed<T> = { readonly [K in keyof T as T[K] extends undefined ? never : K]: T[K] };

/** What a call of `R` hands over. */
export type CallInput<Path extends string, Query extends MaybeSchema, Body extends MaybeSchema> =
  & Needed<{ readonly body: Input<Body> }>
  & { readonly query?: Input<Query>; readonly signal?: AbortSignal }
  & (unknown extends Params<Path> ? unknown : { readonly params: Params<Path> });

/** Why a call failed: the hub's code, or `unreachable`, or `reply` where it is no hub's. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ProblemCode | "unreachable" | "reply";

  constructor(code: ClientError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Calls one hub. */
export interface HubClient {
  /**
   * Calls `route` and gives its parsed reply.
   *
   * @throws {ClientError}
   */
  call<
    Path extends string,
    Query extends MaybeSchema,
    Body extends MaybeSchema,
    Reply extends AnySchema,
  >(
    route: Route<Path, Query, Body, Reply>,
    input: CallInput<Path, Query, Body>,
  ): Promise<Output<Reply>>;
  /**
   * Calls `route` and gives the text of its reply, written as `media`, as it comes.
   *
   * @throws {ClientError} Also where it breaks off.
   */
  stream<
    Path extends string,
    Query extends MaybeSchema,
    Body extends MaybeSchema,
    Reply extends AnySchema,
  >(
    route: Route<Path, Query, Body, Reply>,
    input: CallInput<Path, Query, Body>,
    media: Media,
  ): AsyncIterable<string>;
  /**
   * Follows the live feed until it ends or `signal` aborts.
   *
   * @throws {ClientError}
   */
  follow(query: Input<typeof live.query>, signal: AbortSignal): AsyncIterable<LiveMessage>;
}

/** How to reach the hub. */
export interface ClientOptions {
  /** Such as `http://127.0.0.1:4310`; "" in the hub's own page. */
  readonly url: string;
  /** An API key; the page has its session instead. */
  readonly key?: string | undefined;
  /** Default: the runtime's. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

interface Parts {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly accept?: Media;
}

/**
 * Creates a client.
 *
 * @example
 * ```ts no-eval
 * const hub = createClient({ url: "http://127.0.0.1:4310", key });
 * const { rows } = await hub.call(queryEvents, { body: { table: "Syslog", limit: 10 } });
 * ```
 */
export function createClient(options: ClientOptions): HubClient {
  return {
    async call(route, input) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the conditional type of the same route
      const parts = input as Parts;
      const media = route.media?.[0] ?? "application/json";
      const reply = await send(options, route, { ...parts, accept: media });
      const parsed = v.safeParse(route.reply, await contentOf(reply, media));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the conditional type of the same schema
      if (parsed.success) return parsed.output as never;
      throw new ClientError(
        "reply",
        `Cannot read the hub's reply to ${route.method} ${route.path}`,
      );
    },
    async *stream(route, input, media) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the conditional type of the same route
      const reply = await send(options, route, { ...(input as Parts), accept: media });
      yield* textOf(reply);
    },
    async *follow(query, signal) {
      const reply = await send(options, live, {
        ...(query && { query }),
        signal,
        accept: "text/event-stream",
      });
      for await (const text of readServerEvents(reply.body ?? new ReadableStream())) {
        yield messageOf(text);
      }
    },
  };
}

async function* textOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = (body ?? new ReadableStream<Uint8Array>()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } catch (cause) {
    throw new ClientError("reply", "Cannot read the hub's reply: it broke off", { cause });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function contentOf(reply: Response, media: Media): Promise<unknown> {
  if (media === "text/plain") return await reply.text();
  if (media === "application/octet-stream") return new Uint8Array(await reply.arrayBuffer());
  return await reply.json().catch(() => undefined);
}

async function send(
  options: ClientOptions,
  route: Route,
  parts: Parts,
): Promise<Response> {
  const { body, signal = null, accept = "application/json" } = parts;
  const headers = new Headers({ accept });
  if (options.key !== undefined) headers.set("authorization", `Bearer ${options.key}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  const url = options.url.replace(/\/$/, "") + pathOf(route, parts);
  const init = {
    method: route.method,
    headers,
    signal,
    body: body === undefined ? null : JSON.stringify(body),
  };
  const reply = await (options.fetch ?? fetch)(requestOf(url, init)).catch((cause: unknown) => {
    const at = options.url === "" ? "" : ` at ${options.url}`;
    throw new ClientError("unreachable", `Cannot reach the hub${at}`, { cause });
  });
  if (reply.ok) return reply;
  throw await refusal(reply);
}

function messageOf(text: string): LiveMessage {
  try {
    return v.parse(live.reply, JSON.parse(text));
  } catch (cause) {
    throw new ClientError("reply", "Cannot read the hub's live message", { cause });
  }
}

/** In the page "" stands for its own origin, which `Request` resolves. */
function requestOf(url: string, init: RequestInit): Request {
  try {
    return new Request(url, init);
  } catch (cause) {
    throw new ClientError("unreachable", "Cannot reach the hub: its address is no URL", { cause });
  }
}

function pathOf(route: Route, parts: Parts): string {
  const path = route.path.replaceAll(/:(\w+)(\+?)/g, (_, name: string, rest: string) => {
    const value = parts.params?.[name] ?? "";
    const pieces = rest === "" ? [value] : value.split("/");
    return pieces.map(encodeURIComponent).join("/");
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

async function refusal(reply: Response): Promise<ClientError> {
  const problem = v.safeParse(Problem, await reply.json().catch(() => undefined));
  if (problem.success) {
    const { code, message } = problem.output.error;
    return new ClientError(code, message);
  }
  return new ClientError("reply", `Cannot read the reply: status ${reply.status} is not a hub's`);
}
