/**
 * A plugin's manifest: what an operator approves. It is read without running any of the plugin's
 * code, and the running plugin is held to it.
 *
 * @module
 */
import * as v from "valibot";
import type { Needs } from "../../sdk/plugin.ts";
import type { Json, Table } from "../../sdk/table.ts";
import type { Described } from "./describe.ts";

const word = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be lower-case letters, digits and "_"'),
);
const text = v.pipe(v.string(), v.maxLength(1000));
const identifier = v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_]{0,127}$/));
const list = v.pipe(v.array(v.pipe(v.string(), v.maxLength(4096))), v.maxLength(256));

export const needsSchema = v.strictObject({
  read: v.optional(list),
  listen: v.optional(list),
  platforms: v.optional(v.array(v.picklist(["linux", "windows", "darwin"]))),
});

const dataClass = v.picklist([
  ...["public", "system", "network", "customer", "personal", "content", "secret"] as const,
]);
const kind = v.pipe(v.string(), v.regex(/^[a-z0-9_]{0,32}$/));

/** Members of a dynamic column, by name. */
const leavesSchema = v.pipe(
  v.record(
    v.pipe(v.string(), v.maxLength(128)),
    v.strictObject({ class: dataClass, kind: v.optional(kind) }),
  ),
  v.check((leaves) => Object.keys(leaves).length <= 512, "must name at most 512 members"),
);

const columnSchema = v.strictObject({
  type: v.picklist(["string", "int", "long", "real", "bool", "datetime", "dynamic"]),
  class: dataClass,
  kind,
  optional: v.boolean(),
  unit: v.optional(v.pipe(v.string(), v.maxLength(32))),
  doc: v.optional(text),
  leaves: v.optional(leavesSchema),
});

const tableSchema = v.pipe(
  v.strictObject({
    doc: text,
    time: v.string(),
    priority: v.picklist(["audit", "normal", "bulk"]),
    columns: v.pipe(
      v.record(identifier, columnSchema),
      v.check((columns) => Object.keys(columns).length <= 512, "must have at most 512 columns"),
    ),
  }),
  v.check(
    ({ time, columns }) => Object.hasOwn(columns, time) && columns[time]?.type === "datetime",
    "must have its time column",
  ),
);

/** Names that are the agent's and the hub's own. */
const RESERVED = new Set(["Gap", "CustosAgent", "CustosReveal", "CustosAgentClock"]);

const tablesSchema = v.pipe(
  v.record(identifier, tableSchema),
  v.check((tables) => {
    const names = Object.keys(tables);
    return names.length > 0 && names.length <= 64 && names.every((name) => !RESERVED.has(name));
  }, "must have 1 to 64 tables, none of the agent's or the hub's own"),
);

export const describedSchema = v.strictObject({
  name: word,
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]{1,64})?$/)),
  summary: text,
  kind: v.picklist(["stream", "pull", "listen"]),
  filesKey: v.optional(v.pipe(v.string(), v.maxLength(128))),
  needs: v.optional(needsSchema),
  tables: tablesSchema,
  configured: v.optional(v.literal(true)),
  config: v.optional(v.unknown()),
});

export const checkReplySchema = v.variant("ok", [
  v.strictObject({
    ok: v.literal(true),
    needs: needsSchema,
    lossy: v.boolean(),
    tables: v.optional(tablesSchema),
  }),
  v.strictObject({
    ok: v.literal(false),
    issues: v.array(v.strictObject({ message: v.string(), path: v.array(v.string()) })),
  }),
]);

export const gapSchema = v.strictObject({
  reason: v.picklist([
    ...["log-cleared", "rotated-away", "ring-overflow", "truncated"] as const,
    ...["access-denied", "clock-jump", "other"] as const,
  ]),
  count: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  from: v.optional(text),
  to: v.optional(text),
  detail: v.optional(text),
});

/** Events that were left out, by policy. */
export const filteredSchema = v.record(
  v.pipe(v.string(), v.regex(/^\w{1,40}$/)),
  v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
);

export const logSchema = v.object({
  level: v.picklist(["debug", "info", "warn", "error"]),
  message: v.string(),
});

/** Why a description is refused. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly code: "description" | "differs";

  constructor(code: ManifestError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Reads what a plugin's process or a packed file says of a plugin. @throws {ManifestError} */
export function readDescribed(value: unknown): Described {
  const result = v.safeParse(describedSchema, value);
  if (!result.success) {
    const why = v.summarize(result.issues).slice(0, 2000);
    throw new ManifestError("description", `Cannot read the plugin's description: ${why}`);
  }
  const { filesKey, needs, config, configured, tables, ...rest } = result.output;
  return {
    ...rest,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- absent keys and undefined are one here
    tables: tables as Readonly<Record<string, Table>>,
    ...(filesKey !== undefined && { filesKey }),
    ...(configured !== undefined && { configured }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    ...(needs !== undefined && { needs: needs as Needs }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it came as JSON
    ...(config !== undefined && { config: config as Json }),
  };
}

/**
 * Holds what the running plugin says of itself to the manifest.
 *
 * @throws {ManifestError} `differs`
 */
export function checkSame(manifest: Described, running: Described): void {
  for (const key of ["name", "version", "kind", "tables", "configured", "needs"] as const) {
    if (canonicalJson(manifest[key]) !== canonicalJson(running[key])) {
      throw new ManifestError("differs", `The plugin's ${key} is not what its manifest declares`);
    }
  }
}

/** JSON with the keys of each object sorted. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, v: unknown) =>
      typeof v === "object" && v !== null && !Array.isArray(v)
        ? Object.fromEntries(Object.entries(v).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : v,
  ) ?? "null";
}
