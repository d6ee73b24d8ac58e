import assert from "node:assert/strict";
import { test } from "node:test";
import { column, parseSchemaJson, schemaHash, schemaJson, schemaOf, table } from "./table.ts";

const declared = table({
  doc: "Calls",
  time: "T",
  columns: {
    T: column.time({ class: "public" }),
    Caller: column.string({ class: "personal", kind: "sip" }),
    Ms: column.real({ class: "public", unit: "ms", optional: true }),
  },
});

test("a table's time must be one of its datetime columns", () => {
  assert.throws(
    () =>
      table({ doc: "", time: "S" as never, columns: { S: column.string({ class: "public" }) } }),
    {
      message: 'Cannot declare table: its time column "S" is no datetime',
    },
  );
});

test("every table has the columns for what could not be parsed", () => {
  const { columns } = schemaOf("Calls", declared);
  assert.equal(columns["_Raw"]?.class, "content");
  assert.equal(columns["_ParseError"]?.class, "public");
});

test("kinds default by class", () => {
  assert.equal(column.string({ class: "personal" }).kind, "user");
  assert.equal(column.string({ class: "network" }).kind, "ip");
  assert.equal(column.string({ class: "customer" }).kind, "customer");
  assert.equal(column.string({ class: "public" }).kind, "");
});

test("parseSchemaJson() gives back what has the same hash", () => {
  const schema = schemaOf("Calls", declared);
  const parsed = parseSchemaJson(schemaJson(schema));
  assert.deepEqual(schemaHash(parsed), schemaHash(schema));
});

test("a schema's hash commits to name, types, classes, kinds and units", () => {
  const schema = schemaOf("Calls", declared);
  const hash = Buffer.from(schemaHash(schema)).toString("hex");
  const caller = schema.columns["Caller"]!;
  const others = [
    { ...schema, name: "Other" },
    { ...schema, columns: { ...schema.columns, Caller: { ...caller, class: "public" } } },
    { ...schema, columns: { ...schema.columns, Caller: { ...caller, kind: "tel" } } },
    { ...schema, columns: { ...schema.columns, Caller: { ...caller, type: "dynamic" } } },
    { ...schema, columns: { ...schema.columns, Caller: { ...caller, optional: true } } },
  ] as const;
  for (const other of others) assert.notEqual(Buffer.from(schemaHash(other)).toString("hex"), hash);
});

for (
  const json of ["", "{}", "[1,2,3,4]", '["T","T","normal",[["A","string","wrong","","",false]]]']
) {
  test(`parseSchemaJson() refuses ${json === "" ? "nothing" : json}`, () => {
    assert.throws(() => parseSchemaJson(json));
  });
}
