import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column } from "../../sdk/columns/column.ts";
import { column, schemaOf, table } from "../../sdk/table.ts";
import { misfitOf } from "./fits.ts";

const schema = schemaOf(
  "T",
  table({
    doc: "Test",
    time: "At",
    columns: {
      At: column.time({ class: "public" }),
      Count: column.long({ class: "public" }),
      Share: column.real({ class: "public" }),
      Fields: column.dynamic({ class: "content" }),
      Text: column.string({ class: "content" }),
      User: column.string({ class: "personal" }),
      Customer: column.string({ class: "customer" }),
      Ip: column.string({ class: "network" }),
      Password: column.string({ class: "secret" }),
    },
  }),
);

const empty = { bytes: new Uint8Array(), ends: new Uint32Array() };
const indexes = new Uint32Array([0]);
const dict = (name: string): Column => ({ form: "dict", name, indexes, entries: empty });
const number = (name: string): Column => ({
  form: "number",
  name,
  type: "long",
  values: new Float64Array(1),
});
const text = (name: string) => ({
  form: "text" as const,
  name,
  type: "dynamic" as const,
  rows: empty,
  absent: undefined,
});
const token = (name: string): Column => ({
  form: "token",
  name,
  kind: "user",
  epoch: 1,
  indexes,
  tokens: new Uint8Array(),
  plain: empty,
});

test("misfitOf() refuses what the schema does not say, and plain values where tokens must be", () => {
  const table: readonly [string, Column, "body" | "scrub" | undefined][] = [
    ["a string", dict("Text"), undefined],
    ["a number", number("Count"), undefined],
    ["a token", token("User"), undefined],
    ["a system column", dict("_ParseError"), undefined],
    ["a public column that policy tokenised", token("Text"), undefined],
    ["an undeclared column", dict("Other"), "body"],
    ["a name of Object.prototype", dict("toString"), "body"],
    ["another type", dict("Count"), "body"],
    ["whole numbers for reals", number("Share"), "body"],
    ["texts for values", { ...text("Fields"), type: "string" }, "body"],
    ["values", text("Fields"), undefined],
    ["a plain user", dict("User"), "scrub"],
    ["a plain customer", dict("Customer"), "scrub"],
    ["a plain address", dict("Ip"), "scrub"],
    ["a number for a user", number("User"), "scrub"],
    ["a secret", token("Password"), "scrub"],
  ];
  for (const [name, only, expected] of table) {
    assert.equal(misfitOf({ table: "T", rows: 1, columns: [only] }, schema), expected, name);
  }
  assert.equal(misfitOf({ table: "Other", rows: 1, columns: [] }, schema), "body");
});
