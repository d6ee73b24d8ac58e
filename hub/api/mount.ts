/**
 * Serves a {@link Route}: checks the caller's scope, parses the input, answers with JSON.
 *
 * The only file that knows Hono.
 *
 * @module
 */
import { Hono } from "hono";
import * as v from "valibot";
import type { AnySchema, Input, Media, Output, Params, Route } from "../../sdk/api/route.ts";
import { issuePath, mustText, pathText } from "../../sdk/config_issue.ts";
import type { Caller } from "../access/caller.ts";
import { readJson } from "./body.ts";
import { addHints, ApiError, apiErrorOf, refusalOf } from "./refusal.ts";

/** What a request carries through the app. */
interface Variables {
  /** Nothing where no key or session came with it. */
  readonly caller: Caller | undefined;
  /** Looks the caller up again: long replies end when a key or session does. */
  readonly again: () => Caller | undefined;
}

/** The hub's HTTP application. `remote` is the peer's address. */
export type HubApp = Hono<{ Bindings: { readonly remote?: string }; Variables: Variables }>;

/** One request as the guard sees it. */
export interface Incoming {
  readonly request: Request;
  readonly remote: string;
}

/** Lets a request pass with what is known of its caller, or throws. */
export type Guard = (incoming: Incoming) => Variables;

/** One authorised, parsed request. */
export interface Call<Path extends string, Query, Body> {
  /** Nobody on `open` routes alone. */
  readonly caller: Caller;
  readonly params: Params<Path>;
  readonly query: Query;
  readonly body: Body;
  /** How the caller wants the reply: one of the route's. */
  readonly media: Media;
  readonly request: Request;
  /** False once the caller's key or session has ended. */
  isStillKnown(): boolean;
}

const NOBODY: Caller = { id: "nobody", name: "nobody", scopes: new Set(), expiresAt: undefined };

/** Creates an app that runs `guard` before everything and `finish` on every reply. */
export function createHono(options: {
  readonly guard: Guard;
  readonly finish: (reply: Response) => void;
  readonly onFailure: (error: unknown) => void;
  /** Words a refusal as the request's protocol has it; nothing where that is the hub's own. */
  readonly refusal: (request: Request, error: ApiError) => Response | undefined;
}): HubApp {
  const app: HubApp = new Hono();
  const refuse = (error: unknown, request: Request): Response => {
    if (!(error instanceof ApiError)) options.onFailure(error);
    const refusal = apiErrorOf(error);
    const reply = options.refusal(request, refusal) ?? refusalOf(refusal);
    addHints(reply.headers, refusal);
    options.finish(reply);
    return reply;
  };
  app.onError((error, c) => refuse(error, c.req.raw));
  app.notFound((c) => {
    return refuse(new ApiError("missing", "Cannot answer: there is no such route"), c.req.raw);
  });
  app.use(async (c, next) => {
    const known = options.guard({ request: c.req.raw, remote: c.env?.remote ?? "" });
    c.set("caller", known.caller);
    c.set("again", known.again);
    await next();
    options.finish(c.res);
  });
  return app;
}

/** Registers `route` on `app`. `answer` runs only for a caller who holds the route's scope. */
export function mount<
  Path extends string,
  Query extends AnySchema | undefined,
  Body extends AnySchema | undefined,
  Reply extends AnySchema,
>(
  app: HubApp,
  route: Route<Path, Query, Body, Reply>,
  answer: (
    call: Call<Path, Output<Query>, Output<Body>>,
  ) => Promise<Input<Reply> | Response> | Input<Reply> | Response,
): void {
  const path = route.path.replace(/:(\w+)\+$/, ":$1{.+}");
  app.on(route.method, path, async (c) => {
    const caller = callerOf(c.var.caller, route);
    const reply = await answer({
      caller,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Hono gives exactly the path's names
      params: c.req.param() as Params<Path>,
      query: parse(route.query, c.req.query(), "query"),
      body: parse(route.body, route.body && await readJson(c.req.raw, route.maxBodyBytes), "body"),
      media: mediaOf(route, c.req.header("accept")),
      request: c.req.raw,
      isStillKnown: () => route.scope === "open" || c.var.again() !== undefined,
    });
    return reply instanceof Response ? reply : Response.json(reply);
  });
}

/** Registers what the page is made of, which needs no caller and says nothing of the hub. */
export function mountOpen(
  app: HubApp,
  path: string,
  answer: (path: string) => Response | undefined,
): void {
  app.get(path, (c) => answer(c.req.path) ?? c.notFound());
}

function callerOf(caller: Caller | undefined, route: Route): Caller {
  if (route.scope === "open") return caller ?? NOBODY;
  if (caller === undefined) {
    throw new ApiError("unauthenticated", `Cannot ${verb(route)}: no valid key or session`);
  }
  if (route.scope !== "caller" && !caller.scopes.has(route.scope)) {
    throw new ApiError("forbidden", `Cannot ${verb(route)}: needs scope ${route.scope}`);
  }
  return caller;
}

function verb(route: Route): string {
  return route.summary.charAt(0).toLowerCase() + route.summary.slice(1);
}

function mediaOf(route: Route, accept = ""): Media {
  const offered = route.media ?? ["application/json"];
  return offered.find((media) => accept.includes(media)) ?? offered[0]!;
}

/** The one place where outside input becomes a typed value. */
function parse<S extends AnySchema | undefined>(
  schema: S | undefined,
  input: unknown,
  where: string,
): Output<S> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without a schema the type is undefined
  if (schema === undefined) return undefined as Output<S>;
  const result = v.safeParse(schema, input);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the conditional type of the same schema
  if (result.success) return result.output as Output<S>;
  const issues = result.issues.slice(0, 3).map((issue) => issueText(issue, where));
  throw new ApiError("input", `Cannot read input: ${issues.join("; ")}`);
}

/** Says what is expected, never what came: it may be a personal value. */
function issueText(issue: v.BaseIssue<unknown>, where: string): string {
  const path = pathText([where, ...issuePath(issue)]);
  if (issue.input === undefined) return `${path} is missing`;
  if (issue.expected === "never") return `${path} is no member here`;
  return `${path} ${mustText(issue) ?? "is refused"}`;
}
