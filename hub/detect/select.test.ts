import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnBatch, TokenColumn } from "../../sdk/columns/column.ts";
import { ConditionError } from "./condition.ts";
import { addressColumn, FACTS, loginBatch, withColumns } from "./fakes.ts";
import { groupRows } from "./groups.ts";
import { lensOf } from "./lens.ts";
import type { Condition } from "./rule.ts";
import { selectorOf } from "./select.ts";

const BATCH = loginBatch([
  { TimeGenerated: 1, Host: "web1", Status: "401", Message: "Failed password for x", Size: 5 },
  { TimeGenerated: 2, Host: "web2", Status: "200", Message: "Accepted", Size: 70, Failed: false },
  { TimeGenerated: 3, Status: "401", Size: 2n ** 60n, Failed: true },
  { TimeGenerated: 4, Host: "db1", Message: "the Failed password" },
]);

function rowsOf(batch: ColumnBatch, ...where: readonly Condition[]): number[] {
  return [...selectorOf(where)(batch, FACTS)];
}

function on(column: string, op: Condition["op"], ...values: readonly string[]): Condition {
  return { column, op, values };
}

const CASES: readonly (readonly [string, readonly Condition[], readonly number[]])[] = [
  ["nothing asked", [], [0, 1, 2, 3]],
  ["eq", [on("Status", "eq", "401")], [0, 2]],
  ["ne leaves out rows that lack it", [on("Status", "ne", "401")], [1]],
  ["in", [on("Host", "in", "web1", "db1")], [0, 3]],
  ["startswith", [on("Host", "startswith", "web")], [0, 1]],
  ["endswith", [on("Host", "endswith", "1")], [0, 3]],
  ["text startswith", [on("Message", "startswith", "Failed")], [0]],
  ["text contains", [on("Message", "contains", "Failed p")], [0, 3]],
  ["text contains across two rows", [on("Message", "contains", "xAcc")], []],
  ["two conditions", [on("Message", "contains", "Failed"), on("Host", "eq", "db1")], [3]],
  ["lt on 64 bits", [on("Size", "lt", "70")], [0]],
  ["gt on 64 bits", [on("Size", "gt", "5")], [1, 2]],
  ["eq on 64 bits", [on("Size", "eq", "1152921504606846976")], [2]],
  ["bool", [on("Failed", "eq", "true")], [2]],
  ["bool ne", [on("Failed", "ne", "true")], [1]],
  ["exists", [on("Host", "exists", "true")], [0, 1, 3]],
  ["exists false", [on("Host", "exists", "false")], [2]],
  ["a column that is not there", [on("Other", "ne", "x")], []],
  ["a column that is not there does not exist", [on("Other", "exists", "false")], [0, 1, 2, 3]],
  ["the source", [on("_Source", "eq", "web"), on("_Table", "ne", "Syslog")], [0, 1, 2, 3]],
  ["another source", [on("_Source", "startswith", "x")], []],
];

for (const [name, where, rows] of CASES) {
  test(`a selector finds the rows of: ${name}`, () =>
    assert.deepEqual(rowsOf(BATCH, ...where), rows));
}

const USER: TokenColumn = {
  form: "token",
  name: "User",
  kind: "user",
  epoch: 3,
  indexes: Uint32Array.of(1, 2, 0, 3),
  tokens: new Uint8Array(32).fill(255, 16),
  plain: { bytes: Buffer.from("Root"), ends: Uint32Array.of(4) },
};
const WITH_USER = withColumns(BATCH, USER, addressColumn("Ip", [1, 2, 3, 0], [4, 9, 9]));

test("a well-known principal is found among tokens, in any case", () => {
  assert.deepEqual(rowsOf(WITH_USER, on("User", "eq", "root")), [3]);
  assert.deepEqual(rowsOf(WITH_USER, on("User", "ne", "root")), [0, 1]);
  assert.deepEqual(rowsOf(WITH_USER, on("User", "exists", "true")), [0, 1, 3]);
});

for (
  const condition of [
    on("User", "eq", "alice"),
    on("User", "startswith", "root"),
    on("Ip", "eq", "10.0.0.1"),
  ]
) {
  test(`a selector refuses ${condition.column} ${condition.op} ${condition.values[0]}`, () => {
    assert.throws(
      () => rowsOf(WITH_USER, condition),
      (error) => error instanceof ConditionError && error.code === "token-literal",
    );
  });
}

for (
  const condition of [
    on("Host", "lt", "5"),
    on("TimeGenerated", "eq", "1"),
    on("Size", "eq", "many"),
  ]
) {
  test(`a selector refuses ${condition.column} ${condition.op} as unfit`, () => {
    assert.throws(() => rowsOf(BATCH, condition), { code: "form" });
  });
}

test("the category of an address and its networks stay usable", () => {
  assert.deepEqual(rowsOf(WITH_USER, on("Ip_Category", "eq", "private")), [0]);
  assert.equal(lensOf(WITH_USER, FACTS, "Ip_Category")?.text(1), "global");
  const groups = groupRows(WITH_USER, Uint32Array.of(0, 1, 2, 3), {
    facts: FACTS,
    entity: ["Ip_Net1"],
    keep: "all",
  });
  assert.deepEqual(groups.rows, [[0, 1], [2]]);
});

test("a token is shown as kind, key epoch and base32", () => {
  const lens = lensOf(WITH_USER, FACTS, "User");
  assert.equal(lens?.text(0), `user:3:${"a".repeat(26)}`);
  assert.equal(lens?.text(1), `user:3:${"7".repeat(25)}4`);
  assert.equal(lens?.text(3), "Root");
});

test("two long values that differ at their end stay two entities", () => {
  const long = "x".repeat(5000);
  const batch = loginBatch([{ TimeGenerated: 1, Host: `${long}a` }, {
    TimeGenerated: 1,
    Host: `${long}b`,
  }]);
  const { entities } = groupRows(batch, Uint32Array.of(0, 1), {
    facts: FACTS,
    entity: ["Host"],
    keep: "first",
  });
  assert.equal(new Set(entities).size, 2);
  assert.ok(entities.every((entity) => entity.length <= 256));
});

test("values that hold the border between two columns do not make two entities one", () => {
  const batch = loginBatch([
    { TimeGenerated: 1, Host: "a, Status=b", Status: "c" },
    { TimeGenerated: 1, Host: "a", Status: 'b, Status="c' },
    { TimeGenerated: 1, Host: "a" },
    { TimeGenerated: 1, Host: "a", Status: "" },
    { TimeGenerated: 1 },
  ]);
  const { entities } = groupRows(batch, Uint32Array.of(0, 1, 2, 3, 4), {
    facts: FACTS,
    entity: ["Host", "Status"],
    keep: "first",
  });
  assert.equal(new Set(entities).size, 4);
  assert.deepEqual(entities.slice(2), ["Host=a", 'Host=a, Status=""']);
});

test("pairs of values are told apart, however many there are", () => {
  const pairs = Array.from(
    { length: 400 },
    (_, i) => ({ Host: `${i % 20}`, Status: `${i / 20 | 0}` }),
  );
  const batch = loginBatch(pairs.map((pair) => ({ TimeGenerated: 1, ...pair })));
  const rows = Uint32Array.from(pairs, (_, row) => row);
  const groups = groupRows(batch, rows, { facts: FACTS, entity: ["Host", "Status"], keep: "all" });
  assert.equal(groups.entities.length, 400);
});
