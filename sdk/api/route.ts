/**
 * A route of the hub, declared once: the hub serves it, the client calls it, the OpenAPI document
 * and the access test list it.
 *
 * @module
 */
import type * as v from "valibot";
import type { Access } from "./scope.ts";

/** Any schema that checks without waiting. */
export type AnySchema = v.GenericSchema;
type MaybeSchema = AnySchema | undefined;

/**
 * The `:name` parts of a path: `Params<"/v1/alerts/:id">` is `{ id: string }`. A last part with `+`
 * stands for the rest of the path, slashes and all.
 */
export type Params<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { readonly [K in Name]: string } & Params<Rest>
  : Path extends `${string}:${infer Name}+` ? { readonly [K in Name]: string }
  : Path extends `${string}:${infer Name}` ? { readonly [K in Name]: string }
  : unknown;

/** What a reply may be written as; the first is the default, the others go by `Accept`. */
export type Media =
  | "application/json"
  | "application/x-ndjson"
  | "application/octet-stream"
  | "application/vnd.apache.arrow.stream"
  | "text/csv"
  | "text/event-stream"
  | "text/plain";

/** The declaration of one route. */
export interface Route<
  Path extends string = string,
  Query extends MaybeSchema = MaybeSchema,
  Body extends MaybeSchema = MaybeSchema,
  Reply extends AnySchema = AnySchema,
> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `:name` where a caller puts a value, `:name+` where that is the rest of the path. */
  readonly path: Path;
  /** What it does, as "List alerts, newest first". */
  readonly summary: string;
  /** What the caller must hold. */
  readonly scope: Access;
  readonly query?: Query;
  readonly body?: Body;
  /** Largest body, in bytes; default 64 KiB. */
  readonly maxBodyBytes?: number;
  /** Of the whole reply; of one message where `media` is a stream of messages. */
  readonly reply: Reply;
  /** Default: JSON alone. */
  readonly media?: readonly Media[];
}

/** What comes out of parsing with `S`; nothing where a route has none. */
export type Output<S> = S extends AnySchema ? v.InferOutput<S> : undefined;

/** What a caller hands over for `S`; nothing where a route has none. */
export type Input<S> = S extends AnySchema ? v.InferInput<S> : undefined;

/** Declares a route. Only fixes the types: it has no effect at run time. */
export function defineRoute<
  const Path extends string,
  Reply extends AnySchema,
  Query extends MaybeSchema = undefined,
  Body extends MaybeSchema = undefined,
>(route: Route<Path, Query, Body, Reply>): Route<Path, Query, Body, Reply> {
  return route;
}
