import assert from "node:assert/strict";
import { test } from "node:test";
import { rowOf } from "../columns/cell.ts";
import { prefixesOf } from "../columns/prefixes.ts";
import { TableWriter } from "../columns/writer.ts";
import { column, schemaOf, table } from "../table.ts";
import { stringsOf } from "../testkit/arbitraries.ts";
import { checkPolicy, type Policy, policyHash, treatmentOf } from "./policy.ts";
import { openScrubber } from "./scrubber.ts";

const declared = table({
  doc: "One of each class",
  time: "T",
  columns: {
    T: column.time({ class: "public" }),
    Code: column.int({ class: "public" }),
    Host: column.string({ class: "system" }),
    User: column.string({ class: "personal", optional: true }),
    Account: column.long({ class: "customer", optional: true }),
    Address: column.string({ class: "network", optional: true }),
    Note: column.string({ class: "content", optional: true }),
    More: column.dynamic({ class: "content", optional: true }),
    Password: column.string({ class: "secret", optional: true }),
    Tags: column.dynamic({ class: "personal", optional: true }),
  },
});
const schema = schemaOf("Sample", declared);
const key = { epoch: 1, bytes: new Uint8Array(32).fill(1) };
const open = (columns = {}) => openScrubber({ policy: { columns }, key });

function scrubbed(rows: readonly Record<string, never>[] | readonly object[], columns = {}) {
  const writer = new TableWriter<typeof declared.columns>(schema);
  for (const row of rows) writer.add({ T: 0, Code: 1, Host: "web1", ...row });
  const [batch, counts] = open(columns).scrub(writer.view(), schema);
  return { rows: Array.from({ length: batch.rows }, (_, i) => rowOf(batch, i)), counts, batch };
}

function scrubbedBy(policy: Policy, rows: readonly object[]) {
  const writer = new TableWriter<typeof declared.columns>(schema);
  for (const row of rows) writer.add({ T: 0, Code: 1, Host: "web1", ...row });
  const [batch] = openScrubber({ policy, key }).scrub(writer.view(), schema);
  return rows.map((_, i) => rowOf(batch, i));
}

test("each class gets at least its treatment", () => {
  const { rows } = scrubbed([{
    User: "anna",
    Account: 4711,
    Address: "10.1.2.3",
    Note: "free text",
    Password: "hunter2",
    Tags: { name: "anna" },
  }]);
  const [row = {}] = rows;
  assert.equal(row["Host"], "web1");
  assert.equal(row["Code"], 1);
  assert.equal(row["Note"], "free text");
  assert.match(String(row["User"]), /^user:1:/);
  assert.match(String(row["Account"]), /^customer:1:/);
  assert.match(String(row["Address"]), /^ip:1:/);
  assert.equal(row["Address_Category"], "private");
  assert.match(String(row["Tags"]), /^user:1:/);
  assert.ok(!("Password" in row));
});

test("free text is scanned, in columns of every form that holds text", () => {
  const { rows, counts } = scrubbed([
    { Note: "mail of anna@example.com", More: { to: ["bob@example.com"], "eve@example.com": 1 } },
    { Note: "nothing" },
    { Note: "mail of anna@example.com" },
  ]);
  assert.match(String(rows[0]?.["Note"]), /^mail of user:1:[a-z2-7]{26}$/);
  assert.equal(rows[1]?.["Note"], "nothing");
  assert.equal(rows[2]?.["Note"], rows[0]?.["Note"]);
  assert.match(
    JSON.stringify(rows[0]?.["More"]),
    /^\{"to":\["user:1:[a-z2-7]{26}"\],"user:1:[a-z2-7]{26}":1\}$/,
  );
  assert.equal(counts.tokenised, 3);
});

test("a dictionary of texts is scanned too, and entries that become equal are one", () => {
  const note = {
    form: "dict",
    name: "Note",
    entries: stringsOf(["by Anna@example.com", "by anna@example.com", "by nobody"]),
    indexes: Uint32Array.of(1, 2, 3, 0, 1),
  } as const;
  const [batch] = open().scrub({ table: "Sample", rows: 5, columns: [note] }, schema);
  const notes = Array.from({ length: 5 }, (_, row) => rowOf(batch, row)["Note"]);
  assert.match(String(notes[0]), /^by user:1:[a-z2-7]{26}$/);
  assert.deepEqual(notes.slice(1), [notes[0], "by nobody", undefined, notes[0]]);
  const [column] = batch.columns;
  assert.ok(column?.form === "dict" && column.entries.ends.length === 2);
});

test("a text that cannot be judged fails its batch", () => {
  assert.throws(() => scrubbed([{ Note: "x".repeat(4 * 1024 * 1024 + 1) }]), { code: "too-long" });
});

/** Values that all begin as the text does, at each of its places, and never stand there whole. */
const costly = (values: number, bytes: number) => ({
  Tags: Array.from({ length: values }, (_, i) => `${"a".repeat(200)}b${i}`),
  Note: "a".repeat(bytes),
});

test("an event that would cost too much to judge fails by steps, not by time", () => {
  assert.throws(() => scrubbed([costly(100, 20_000)]), { code: "over-budget" });
  // Many values that differ from the text in their first byte.
  const others = Array.from({ length: 2_000 }, (_, i) => `b${i}`);
  assert.throws(() => scrubbed([{ Tags: ["aaab", ...others], Note: "a".repeat(20_000) }]), {
    code: "over-budget",
  });
  // Many strings in one dynamic value, none of them too long.
  const text = "word ".repeat(600_000);
  assert.throws(() => scrubbed([{ More: Array.from({ length: 3 }, (_, i) => `${i} ${text}`) }]), {
    code: "over-budget",
  });
});

test("what an event may cost does not depend on the events beside it", () => {
  // Each takes more than half of what one may.
  const near = costly(40, 900);
  assert.doesNotThrow(() => scrubbed([near]));
  assert.throws(() => scrubbed([{ ...near, More: near.Note }]), { code: "over-budget" });
  assert.doesNotThrow(() => scrubbed([near, near, near]));
});

test("the same value has the same token in every row, whatever its case", () => {
  const { rows } = scrubbed([{ User: "Anna" }, { User: "bob" }, { User: "ANNA" }]);
  assert.equal(rows[0]?.["User"], rows[2]?.["User"]);
  assert.notEqual(rows[0]?.["User"], rows[1]?.["User"]);
});

test("well-known principals stay readable and absent stays absent", () => {
  const { rows } = scrubbed([{ User: "root" }, {}, { User: "NT AUTHORITY\\SYSTEM" }, {
    User: "eve",
  }]);
  assert.equal(rows[0]?.["User"], "root");
  assert.ok(!("User" in (rows[1] ?? {})));
  assert.equal(rows[2]?.["User"], "NT AUTHORITY\\SYSTEM");
  assert.match(String(rows[3]?.["User"]), /^user:1:/);
});

test("names of machines' accounts stay where policy says so, and no name that stands in one", () => {
  const rows = [{ User: "CORP\\PC-7$", Note: "PC-7$ and pc-7 by ada" }, { User: "ada" }];
  const [kept, other] = scrubbedBy({ columns: {}, machineAccounts: "keep" }, rows);
  assert.equal(kept?.["User"], "CORP\\PC-7$");
  assert.equal(kept?.["Note"], "PC-7$ and pc-7 by ada");
  assert.match(String(other?.["User"]), /^user:1:/);
  const [token] = scrubbedBy({ columns: {} }, rows);
  assert.match(String(token?.["User"]), /^user:1:/);
  assert.doesNotMatch(String(token?.["Note"]), /PC-7\$/);
  assert.notDeepEqual(
    policyHash({ columns: {} }, 1),
    policyHash({ columns: {}, machineAccounts: "keep" }, 1),
  );
});

test("what is no address becomes the category other and a token", () => {
  const { rows } = scrubbed([{ Address: "anna-laptop" }]);
  assert.equal(rows[0]?.["Address_Category"], "other");
  assert.match(String(rows[0]?.["Address"]), /^ip:1:/);
});

test("addresses of one network share its token", () => {
  const { batch } = scrubbed([{ Address: "10.1.2.3" }, { Address: "10.1.2.9" }, {
    Address: "10.1.7.9",
  }]);
  const address = batch.columns.find((c) => c.name === "Address");
  assert.ok(address?.form === "address");
  const [wide, near, none] = prefixesOf(address);
  assert.deepEqual([...wide.of], [1, 1, 1]);
  assert.deepEqual([...near.of], [1, 1, 2]);
  assert.deepEqual([...none.of], [0, 0, 0]);
});

test("a column that the table does not declare is dropped and counted", () => {
  const writer = new TableWriter<typeof declared.columns>(schema);
  writer.add({ T: 0, Code: 1, Host: "web1" });
  const batch = writer.view();
  const stray = { ...batch.columns[0]!, name: "Stray" };
  const [result, counts] = open().scrub({ ...batch, columns: [...batch.columns, stray] }, schema);
  assert.ok(!result.columns.some((c) => c.name === "Stray"));
  assert.equal(counts.dropped, 1);
});

test("policy makes a treatment stricter and never weaker", () => {
  const strict = scrubbed([{ Note: "free text" }], {
    "Sample.Host": "token",
    "Sample.Note": "drop",
  });
  assert.match(String(strict.rows[0]?.["Host"]), /^value:1:/);
  assert.ok(!("Note" in (strict.rows[0] ?? {})));
  const weak = { columns: { "Sample.User": "keep" } } as const;
  assert.equal(
    treatmentOf(weak, { table: "Sample", name: "User" }, schema.columns["User"]!),
    "token",
  );
  assert.throws(() => checkPolicy(weak, [schema]), { code: "floor" });
  assert.throws(() => checkPolicy({ columns: { "Sample.Nope": "drop" } }, [schema]), {
    code: "column",
  });
});

test("a policy's hash changes with its entries and with the key's epoch, not with their order", () => {
  const hash = (columns: Record<string, "token" | "drop">, epoch = 1) =>
    Buffer.from(policyHash({ columns }, epoch)).toString("hex");
  assert.equal(hash({ "A.b": "drop", "A.c": "token" }), hash({ "A.c": "token", "A.b": "drop" }));
  assert.notEqual(hash({ "A.b": "drop" }), hash({ "A.b": "token" }));
  assert.notEqual(hash({}), hash({}, 2));
});
