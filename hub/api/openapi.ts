/**
 * The OpenAPI 3.1 document of the routes.
 *
 * @module
 */
import { toJsonSchema } from "@valibot/to-json-schema";
import { getDocument } from "../../sdk/api/document.ts";
import { Problem } from "../../sdk/api/problem.ts";
import type { AnySchema, Route } from "../../sdk/api/route.ts";
import { type HubApp, mount } from "./mount.ts";

type Json = Record<string, unknown>;

/** An OpenAPI document, as far as we write one. */
export interface Document {
  readonly openapi: "3.1.0";
  readonly info: Json;
  readonly components: Json;
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** Answers `/v1/openapi.json`. */
export function mountDocument(app: HubApp, routes: readonly Route[], version: string): void {
  mount(app, getDocument, () => ({ ...openApi(routes, version) }));
}

/** Builds the document; pure. */
export function openApi(routes: readonly Route[], version: string): Document {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)\+?/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  const securitySchemes = {
    bearer: { type: "http", scheme: "bearer", description: "An API key" },
    session: { type: "apiKey", in: "cookie", name: "custos" },
  };
  return {
    openapi: "3.1.0",
    info: { title: "custos hub", version },
    components: { securitySchemes },
    paths,
  };
}

function operation(route: Route): Json {
  const media = route.media ?? ["application/json"];
  const isBytes = route.media?.[0] === "application/octet-stream";
  const reply = isBytes ? { type: "string", format: "binary" } : schemaOf(route.reply, "output");
  const error = {
    description: "Refused",
    content: { "application/json": { schema: schemaOf(Problem, "output") } },
  };
  return {
    summary: route.summary,
    security: securityOf(route),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(route.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: schemaOf(route.body, "input") } },
      },
    }),
    responses: {
      200: {
        description: "OK",
        content: Object.fromEntries(media.map((type) => [type, { schema: reply }])),
      },
      default: error,
    },
  };
}

function securityOf(route: Route): Json[] {
  if (route.scope === "open") return [];
  const scopes = route.scope === "caller" ? [] : [route.scope];
  return [{ bearer: scopes }, { session: scopes }];
}

function pathParameters(route: Route): Json[] {
  return [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(route: Route): Json[] {
  if (route.query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(route.query, "input");
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function schemaOf(schema: AnySchema, typeMode: "input" | "output") {
  // Checks by code, such as "a time that exists", have no JSON Schema.
  const { $schema: _, ...rest } = toJsonSchema(schema, { typeMode, errorMode: "ignore" });
  return rest;
}
