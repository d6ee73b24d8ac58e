/**
 * Kusto's own protocol, so that its clients can ask a hub: `/v1/rest/…` and `/v2/rest/query`.
 *
 * A refusal of these routes is Kusto's OneApi error, not the hub's usual one.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";

/** Largest body, in bytes: the text of a query may have a million characters, escaped. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** What a client sends. */
const KustoBody = v.object({
  /** The database. */
  db: v.nullish(v.pipe(v.string(), v.maxLength(256))),
  /** The query or the dot command. */
  csl: v.string(),
  /** `Options` and `Parameters`, as an object or as its JSON text. */
  properties: v.nullish(v.union([v.string(), v.record(v.string(), v.unknown())])),
});
export type KustoBody = v.InferOutput<typeof KustoBody>;

const V1Reply = v.object({
  Tables: v.array(v.object({
    TableName: v.string(),
    Columns: v.array(v.object({
      ColumnName: v.string(),
      DataType: v.string(),
      ColumnType: v.string(),
    })),
    /** The last one is an object that says so where rows were left out. */
    Rows: v.array(v.unknown()),
  })),
  Exceptions: v.optional(v.array(v.string())),
});

export const kustoQueryV1 = defineRoute({
  method: "POST",
  path: "/v1/rest/query",
  summary: "Query in KQL, or run a dot command; Kusto's protocol, version 1",
  scope: "events:read",
  body: KustoBody,
  maxBodyBytes: MAX_BODY_BYTES,
  reply: V1Reply,
});

export const kustoQueryV2 = defineRoute({
  method: "POST",
  path: "/v2/rest/query",
  summary: "Query in KQL; Kusto's protocol, version 2",
  scope: "events:read",
  body: KustoBody,
  maxBodyBytes: MAX_BODY_BYTES,
  reply: v.array(v.looseObject({ FrameType: v.string() })),
});

export const kustoCommand = defineRoute({
  method: "POST",
  path: "/v1/rest/mgmt",
  summary: "Run a dot command; Kusto's protocol",
  scope: "events:read",
  body: KustoBody,
  maxBodyBytes: MAX_BODY_BYTES,
  reply: V1Reply,
});

export const kustoAuth = defineRoute({
  method: "GET",
  path: "/v1/rest/auth/metadata",
  summary: "Say how clients of Kusto sign in",
  scope: "open",
  reply: v.object({
    AzureAD: v.object({
      LoginEndpoint: v.string(),
      LoginMfaRequired: v.boolean(),
      KustoClientAppId: v.string(),
      KustoClientRedirectUri: v.string(),
      KustoServiceResourceId: v.string(),
      FirstPartyAuthorityUrl: v.string(),
    }),
  }),
});

export const kustoPing = defineRoute({
  method: "GET",
  path: "/v1/rest/ping",
  summary: "Say that the hub answers; Kusto's protocol",
  scope: "open",
  reply: v.object({ ApplicationHealthState: v.literal("Healthy") }),
});
