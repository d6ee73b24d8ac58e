import assert from "node:assert/strict";
import test from "node:test";
import type { AddressColumn, ColumnBatch, TokenColumn } from "../../../../sdk/columns/column.ts";
import { ADDRESS_CATEGORIES } from "../../../../sdk/scrub/address.ts";
import { pack } from "../../../../sdk/wire/msgpack.ts";
import { addressColumn, FACTS, loginBatch, withColumns } from "../../fakes.ts";
import type { BoundExpr, BoundField, BoundTest } from "../map/bound_rule.ts";
import { compileRules } from "./matcher.ts";

const ALL: BoundExpr = { kind: "and", of: [] };

function on(field: BoundField | undefined, test: BoundTest): BoundExpr {
  return { kind: "test", field, test };
}

function text(name: string, at: "whole" | "start" | "end" | "within", value: string): BoundExpr {
  return on({ column: name }, { op: "text", at, text: value, cased: false });
}

/** Rows that `expr` matches alone. */
function rowsOf(expr: BoundExpr, batch: ColumnBatch): readonly number[] {
  const matcher = compileRules([{ table: batch.table, where: ALL, expr }]);
  return [...matcher.batch(batch, FACTS)].map(({ row }) => row);
}

const MEBIBYTE = 1 << 20;

test("a value of a mebibyte is matched to its end", () => {
  const long = "ab\\".repeat(MEBIBYTE / 3);
  const batch = loginBatch([
    { TimeGenerated: 0, Message: `${long}needle` },
    { TimeGenerated: 0, Message: long },
  ]);
  const tests: readonly BoundTest[] = [
    { op: "text", at: "end", text: "NEEDLE", cased: false },
    { op: "text", at: "within", text: "needle", cased: true },
    { op: "wildcard", parts: ["many", { text: "b\\need" }, "one", "one"], cased: false },
    {
      op: "regex",
      source: "((a|ab|b)+\\\\)+nee(d+)+le$",
      ignoreCase: false,
      multiLine: false,
      dotAll: false,
    },
  ];
  for (const one of tests) assert.deepEqual(rowsOf(on({ column: "Message" }, one), batch), [0]);
});

test("an expression of any depth and width is evaluated", () => {
  const batch = loginBatch([{ TimeGenerated: 0, Host: "a" }, { TimeGenerated: 0, Host: "b" }]);
  let deep = text("Host", "whole", "a");
  for (let k = 0; k < 20_001; k++) {
    deep = k % 2 === 0 ? { kind: "not", of: deep } : { kind: "and", of: [deep, ALL] };
  }
  assert.deepEqual(rowsOf(deep, batch), [1]);
  const wide = Array.from({ length: 50_000 }, (_, k) => text("Host", "whole", `b${k || ""}`));
  assert.deepEqual(rowsOf({ kind: "or", of: wide }, batch), [1]);
});

test("the rules that a row wakes up are timed where that is asked for, and no others", () => {
  const batch = loginBatch([{ TimeGenerated: 0, Host: "a" }, { TimeGenerated: 0, Host: "b" }]);
  const rules = ["a", "b", "c"].map((host) => ({
    table: batch.table,
    where: ALL,
    expr: text("Host", "whole", host),
  }));
  const matcher = compileRules(rules);
  const took: (readonly [number, number])[] = [];
  let ms = 0;
  const times = {
    now: () => ms += 2,
    took: (rule: typeof rules[number], own: number) => took.push([rules.indexOf(rule), own]),
  };
  matcher.batch(batch, FACTS, times);
  matcher.batch(batch, FACTS);
  assert.deepEqual(took, [[0, 2], [1, 2]]);
});

test("a rule whose regex cannot be run is refused, and the others go on", () => {
  const regex = { op: "regex", ignoreCase: false, multiLine: false, dotAll: false } as const;
  const rules = ["(a)\\1", "b"].map((source) => ({
    table: "Logins",
    where: ALL,
    expr: on({ column: "Host" }, { ...regex, source }),
  }));
  const matcher = compileRules(rules);
  assert.deepEqual(matcher.refused.map(({ rule, error }) => [rule, error.code]), [
    [rules[0], "unsupported"],
  ]);
  const found = [...matcher.batch(loginBatch([{ TimeGenerated: 0, Host: "ab" }]), FACTS)];
  assert.deepEqual(found, [{ rule: rules[1], row: 0 }]);
});

/** Token 1, then SYSTEM in another case, then nothing. */
const USER: TokenColumn = {
  form: "token",
  name: "User",
  kind: "user",
  epoch: 1,
  indexes: Uint32Array.of(1, 2, 0),
  tokens: new Uint8Array(16).fill(9),
  plain: { bytes: Buffer.from("NT AUTHORITY\\System"), ends: Uint32Array.of(19) },
};
const TIMES = [{ TimeGenerated: 0 }, { TimeGenerated: 0 }, { TimeGenerated: 0 }];

test("on tokens tests of well-known principals hold where they are, and exclude nobody else", () => {
  const batch = withColumns(loginBatch(TIMES), USER);
  assert.deepEqual(rowsOf(text("User", "within", "AUTHORI"), batch), [1]);
  assert.deepEqual(rowsOf({ kind: "not", of: text("User", "within", "AUTHORI") }, batch), [0, 2]);
  assert.deepEqual(rowsOf(text("User", "end", "admin"), batch), []);
  assert.deepEqual(rowsOf(on({ column: "User" }, { op: "null" }), batch), [2]);
  assert.deepEqual(rowsOf(on({ column: "User" }, { op: "exists", wanted: true }), batch), [0, 1]);
});

test("a rule that asks what tokens do not tell is listed as blind, once, when they first come", () => {
  const cidr = (...networks: readonly string[]): BoundExpr => ({
    kind: "or",
    of: networks.map((network) => on({ column: "Client" }, { op: "cidr", network })),
  });
  const rules = [
    text("User", "end", "admin"),
    text("User", "start", "NT AUTHORITY\\"),
    text("Host", "start", "admin"),
    text("Client", "start", "10."),
    cidr("10.0.0.0/8"),
    cidr("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    on({ column: "Client" }, { op: "exists", wanted: false }),
  ].map((expr) => ({ table: "Logins", where: ALL, expr }));
  const matcher = compileRules(rules);
  const plain = loginBatch(TIMES);
  matcher.batch(plain, FACTS);
  assert.equal(matcher.blind.length, 0);
  const scrubbed = withColumns(plain, USER, addressColumn("Client", [1, 1, 0], [4]));
  matcher.batch(scrubbed, FACTS);
  matcher.batch(scrubbed, FACTS);
  assert.deepEqual(
    matcher.blind.map(({ rule, column, form }) => `${rules.indexOf(rule)} ${column} ${form}`)
      .toSorted(),
    ["0 User token", "3 Client address", "4 Client address"],
  );
});

test("networks are told by the category of an address where they hold all of it", () => {
  const categories = ["private", "loopback", "global"] as const;
  const client: AddressColumn = addressColumn(
    "Client",
    [1, 2, 3],
    categories.map((name) => ADDRESS_CATEGORIES.indexOf(name)),
  );
  const batch = withColumns(loginBatch(TIMES), client);
  const inside = (...networks: readonly string[]): readonly number[] =>
    rowsOf({
      kind: "or",
      of: networks.map((network) => on({ column: "Client" }, { op: "cidr", network })),
    }, batch);
  assert.deepEqual(inside("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), [0]);
  assert.deepEqual(inside("10.0.0.0/8"), []);
  assert.deepEqual(inside("127.0.0.0/8", "fe80::/10"), [1]);
  assert.deepEqual(inside("8.0.0.0/8"), []);
  assert.deepEqual(inside("0.0.0.0/0"), [0, 1, 2]);
});

test("a dynamic value that is no msgpack has no members, and the next row has its own", () => {
  const good = pack({ A: ["x", "needle"] });
  const bad = [
    good.subarray(0, -1),
    Uint8Array.of(0xc1),
    Uint8Array.of(0xdf, 255, 255, 255, 255),
    Uint8Array.of(...good, 0xc0),
  ];
  const values = [...bad, good];
  let end = 0;
  const batch = withColumns(loginBatch(values.map(() => ({ TimeGenerated: 0 }))), {
    form: "text",
    name: "Fields",
    type: "dynamic",
    rows: {
      bytes: Buffer.concat(values),
      ends: Uint32Array.from(values, ({ length }) => end += length),
    },
    absent: undefined,
  });
  const needle: BoundTest = { op: "text", at: "whole", text: "Needle", cased: false };
  assert.deepEqual(rowsOf(on({ column: "Fields", path: ["A"] }, needle), batch), [4]);
  assert.deepEqual(rowsOf(on(undefined, needle), batch), [4]);
  const missing = on({ column: "Fields", path: ["A"] }, { op: "null" });
  assert.deepEqual(rowsOf(missing, batch), [0, 1, 2, 3]);
});

test("more distinct values than are remembered are told apart", () => {
  const count = 30_000;
  const rows = Array.from({ length: count }, (_, n) => ({ TimeGenerated: 0, Host: `host-${n}` }));
  const batch = loginBatch([...rows, ...rows]);
  const found = rowsOf(text("Host", "end", "-777"), batch);
  assert.deepEqual(found, [777, count + 777]);
});

test("a value that comes after others were forgotten is not taken for one of them", () => {
  const batch = loginBatch(
    Array.from(
      { length: 40_000 },
      (_, n) => ({ TimeGenerated: 0, Message: `message-${n >> 1}${n < 100 ? "!" : ""}` }),
    ),
  );
  const found = rowsOf(text("Message", "end", "!"), batch);
  assert.deepEqual(found, Array.from({ length: 100 }, (_, n) => n));
});

test("more combinations of tests than are remembered are told apart, in the next batch too", () => {
  const letters = Array.from("abcdefghijklmnopq");
  const rules = letters.map((letter) => ({
    table: "Logins",
    where: ALL,
    expr: text("Host", "within", letter),
  }));
  const matcher = compileRules(rules);
  const hosts = Array.from(
    { length: 70_000 },
    (_, n) => letters.filter((_, k) => ((n >> k) & 1) === 1).join("-"),
  );
  matcher.batch(loginBatch(hosts.map((Host) => ({ TimeGenerated: 0, Host }))), FACTS);
  const batch = loginBatch([{ TimeGenerated: 0, Host: "q-a" }, { TimeGenerated: 0, Host: "-" }]);
  const found = [...matcher.batch(batch, FACTS)].map(({ rule, row }) => [rules.indexOf(rule), row]);
  assert.deepEqual(found, [[0, 0], [16, 0]]);
});

test("keywords are found in every form of column, and only within one value", () => {
  const batch = withColumns(
    loginBatch([
      { TimeGenerated: 0, Host: "a needle" },
      { TimeGenerated: 0, Message: "NEEDLE" },
      { TimeGenerated: 0, Host: "nee", Message: "dle" },
      { TimeGenerated: 0, Size: 4711 },
    ]),
    { ...USER, indexes: Uint32Array.of(0, 0, 0, 2) },
  );
  const keyword = (value: string) =>
    on(undefined, { op: "text", at: "within", text: value, cased: false });
  assert.deepEqual(rowsOf(keyword("needle"), batch), [0, 1]);
  assert.deepEqual(rowsOf(keyword("authority\\system"), batch), [3]);
  assert.deepEqual(rowsOf(keyword("471"), batch), [3]);
  assert.deepEqual(rowsOf({ kind: "not", of: keyword("needle") }, batch), [2, 3]);
});

test("letters beyond ASCII that fold to it are found in keywords as well", () => {
  const batch = loginBatch([
    { TimeGenerated: 0, Message: "mimi\u212aatz" },
    { TimeGenerated: 0, Message: "\u017fekurl\u017fa" },
    { TimeGenerated: 0, Message: "mimi\u212catz" },
  ]);
  for (const [value, rows] of [["MIMIKATZ", [0]], ["sekurlsa", [1]]] as const) {
    const keyword: BoundTest = { op: "text", at: "within", text: value, cased: false };
    assert.deepEqual(rowsOf(on(undefined, keyword), batch), rows);
  }
});
