import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { rowOf } from "../columns/cell.ts";
import { TableWriter } from "../columns/writer.ts";
import { column, type Json, schemaOf, table } from "../table.ts";
import { logText } from "../testkit/arbitraries.ts";
import { BodyEncoder } from "../wire/body.ts";
import { openScrubber } from "./scrubber.ts";
import { encodingsOf } from "./test_encodings.ts";

const declared = table({
  doc: "Typed columns and others",
  time: "T",
  columns: {
    T: column.time({ class: "public" }),
    User: column.string({ class: "personal", optional: true }),
    Caller: column.string({ class: "personal", kind: "tel", optional: true }),
    Account: column.long({ class: "customer", optional: true }),
    Address: column.string({ class: "network", optional: true }),
    Password: column.string({ class: "secret", optional: true }),
    Who: column.dynamic({ class: "personal", optional: true }),
    Host: column.string({ class: "system", optional: true }),
    Agent: column.string({ class: "public", optional: true }),
    Note: column.string({ class: "content", optional: true }),
    More: column.dynamic({ class: "content", optional: true }),
  },
});
const schema = schemaOf("Sample", declared);
const scrubber = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32).fill(1) },
});

function scrubbed(rows: readonly object[]): readonly Record<string, Json>[] {
  const writer = new TableWriter<typeof declared.columns>(schema);
  for (const row of rows) writer.add({ T: 0, ...row });
  const [batch] = scrubber.scrub(writer.view(), schema);
  return Array.from({ length: batch.rows }, (_, i) => rowOf(batch, i));
}

const one = (row: object): Record<string, Json> => scrubbed([row])[0]!;

test("the dictionary of a column has no value that was replaced in every row", () => {
  const writer = new TableWriter<typeof declared.columns>(schema);
  writer.add({ T: 0, User: "annaberg", Host: "pc-annaberg" });
  writer.add({ T: 0, User: "annaberg", Host: "pc-annaberg" });
  const [batch] = scrubber.scrub(writer.view(), schema);
  const body = Buffer.from(new BodyEncoder().encode({ batch, cursor: undefined }));
  assert.ok(body.includes("pc-user:1:"));
  assert.ok(!body.includes("annaberg"));
});

test("a typed value is replaced wherever it recurs in its event, by the same token", () => {
  const row = one({
    User: "annaberg",
    Account: 47110815,
    Address: "anna-laptop",
    Password: "hunter22",
    Host: "pc-annaberg",
    Agent: "curl (hunter22)",
    Note: "ANNABERG on anna-laptop, account 47110815",
    More: { annaberg: ["x annaberg", 47110815, true], n: 3 },
  });
  const { User: user, Account: account, Address: address } = row;
  assert.equal(row["Host"], `pc-${String(user)}`);
  assert.match(String(row["Agent"]), /^curl \(secret:1:[a-z2-7]{26}\)$/);
  assert.equal(row["Note"], `${String(user)} on ${String(address)}, account ${String(account)}`);
  assert.deepEqual(row["More"], { [String(user)]: [`x ${String(user)}`, account, true], n: 3 });
});

test("strings of a typed dynamic value recur too", () => {
  const row = one({ Who: { names: ["annaberg", "maxmoritz"] }, Note: "maxmoritz and annaberg" });
  assert.match(String(row["Note"]), /^user:1:[a-z2-7]{26} and user:1:[a-z2-7]{26}$/);
});

test("a value is replaced in its own event alone", () => {
  const [first, second] = scrubbed([
    { User: "annaberg", Note: "by annaberg", Host: "annaberg" },
    { User: "maxmoritz", Note: "by annaberg", Host: "annaberg" },
  ]);
  assert.equal(first?.["Note"], `by ${String(first?.["User"])}`);
  assert.equal(second?.["Note"], "by annaberg");
  assert.equal(second?.["Host"], "annaberg");
});

for (const { name, text } of encodingsOf("Anna.Berg77")) {
  test(`a typed value is replaced in ${name}`, () => {
    const row = one({ User: "anna.berg77", Note: `a ${text} b`, Agent: `key=${text}` });
    assert.match(String(row["Note"]), /^a .*user:1:[a-z2-7]{26}.* b$/s);
    assert.ok(!JSON.stringify(row).includes(text), JSON.stringify(row));
  });
}

test("what a secret and a JSON web token stand for is told to nobody", () => {
  const told: string[] = [];
  const telling = openScrubber({
    policy: { columns: {} },
    key: { epoch: 1, bytes: new Uint8Array(32), onToken: (kind) => told.push(kind) },
  });
  const writer = new TableWriter<typeof declared.columns>(schema);
  const note = "hunter22 eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.x bob@example.com";
  writer.add({ T: 0, Password: "hunter22", Note: note });
  telling.scrub(writer.view(), schema);
  assert.deepEqual(told, ["user"]);
});

test("the names in a value are looked for too", () => {
  const domain = one({ User: "CONTOSO\\annaberg", Agent: "profile of annaberg" });
  assert.match(String(domain["Agent"]), /^profile of user:1:/);
  const uri = one({ User: "sip:annaberg@pbx.example", Agent: "annaberg@pbx.example, annaberg" });
  assert.match(String(uri["Agent"]), /^user:1:[a-z2-7]{26}, user:1:[a-z2-7]{26}$/);
  const number = one({ Caller: "+4930123456", Agent: "id 4930123456" });
  assert.match(String(number["Agent"]), /^id tel:1:[a-z2-7]{26}$/);
});

test("letters of Latin-1 are compared without case", () => {
  assert.match(String(one({ User: "jürgen", Agent: "JÜRGEN" })["Agent"]), /^user:1:/);
});

const STAYS = [
  ["eve", "every evening"],
  ["ab", "ab"],
  ["123", "123"],
  ["4711", "47110 and 14711"],
  ["12345678", "123456789"],
  ["root", "root"],
  ["SYSTEM", "NT AUTHORITY\\SYSTEM"],
  ["null", "null"],
  ["...", "..."],
] as const;
for (const [user, text] of STAYS) {
  test(`user "${user}" leaves "${text}" as it is`, () => {
    assert.equal(one({ User: user, Agent: text })["Agent"], text);
  });
}

test("short values are replaced as whole words", () => {
  const row = one({ User: "eve", Agent: "EVE's every_eve;eve" });
  assert.match(
    String(row["Agent"]),
    /^user:1:[a-z2-7]{26}'s every_user:1:[a-z2-7]{26};user:1:[a-z2-7]{26}$/,
  );
});

test("a value never changes a token", () => {
  const row = one({ User: "user", Note: "mail bob@example.com by user" });
  assert.match(String(row["Note"]), /^mail user:1:[a-z2-7]{26} by user:1:[a-z2-7]{26}$/);
});

test("no encoding of a typed value survives in any text", () => {
  const names = fc.stringMatching(/^[a-z]{3}[a-z.]{3,12}[a-z]{2}$/);
  const places = fc.constantFrom("Note", "Agent", "Host", "More");
  fc.assert(
    fc.property(names, fc.nat(), fc.tuple(places, logText, logText), (name, n, parts) => {
      const [place, ...around] = parts;
      const encodings = encodingsOf(name);
      const { text } = encodings[n % encodings.length]!;
      const whole = `${around[0]} ${text} ${around[1]}`;
      const row = one({ User: name, [place]: place === "More" ? [whole] : whole });
      const rest = JSON.stringify(row).replaceAll(/[a-z]+:1:[a-z2-7]{26}/g, "");
      assert.ok(!rest.includes(JSON.stringify(text).slice(1, -1)), rest);
    }),
    { numRuns: 300 },
  );
});
