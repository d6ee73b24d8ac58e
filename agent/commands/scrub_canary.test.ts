import assert from "node:assert/strict";
import { test } from "node:test";
import { openScrubber, type Scrubber } from "../../sdk/scrub/scrubber.ts";
import { column, schemaOf, table } from "../../sdk/table.ts";
import { detectable, ENCODINGS, foundIn, typed } from "./canary_words.ts";
import { EXIT, parseCall } from "./command.ts";
import { scrub } from "./scrub.ts";
import { type Cell, judgeTable } from "./scrub_canary.ts";

const declared = table({
  doc: "A column of each treatment",
  time: "T",
  columns: {
    T: column.time({ class: "public" }),
    User: column.string({ class: "personal" }),
    Account: column.long({ class: "customer" }),
    Password: column.string({ class: "secret" }),
    Host: column.string({ class: "system" }),
    Note: column.string({ class: "content" }),
    More: column.dynamic({ class: "content" }),
  },
});
const schema = schemaOf("Sample", declared);
const policy = { columns: {} };
const scrubber = openScrubber({ policy, key: { epoch: 1, bytes: new Uint8Array(32) } });
const judge = (by: Scrubber): readonly Cell[] =>
  judgeTable({ table: { source: "s", schema }, policy, scrubber: by });

/** Lets one column through as it is. */
function leaky(name: string): Scrubber {
  return {
    policyHash: scrubber.policyHash,
    scrub(batch, given) {
      const [scrubbed, counts] = scrubber.scrub(batch, given);
      const raw = batch.columns.filter((c) => c.name === name);
      const others = scrubbed.columns.filter((c) => c.name !== name);
      return [{ ...scrubbed, columns: [...others, ...raw] }, counts];
    },
  };
}

const leaksOf = (cells: readonly Cell[]): readonly Cell[] =>
  cells.filter(({ claimed, survived }) => claimed && survived.length > 0);

test("no canary survives that must not; those in encodings that nobody claims do", () => {
  const cells = judge(scrubber);
  assert.deepEqual(leaksOf(cells), []);
  const columns = ["User", "Account", "Password", "Host", "Note", "More", "_Raw", "_ParseError"];
  assert.deepEqual([...new Set(cells.map((cell) => cell.column))], columns);
  const note = cells.filter((cell) => cell.column === "Note");
  assert.deepEqual(note.map(({ encoding }) => encoding), ENCODINGS.map(({ name }) => name));
  for (const { planted, claimed, survived } of note) {
    assert.equal(planted, detectable().length + 3);
    assert.equal(survived.length, claimed ? 0 : planted);
  }
});

for (const name of ["User", "Account", "Password", "Host", "Note", "More"]) {
  test(`a scrubber that lets ${name} through is found out, in each encoding`, () => {
    const leaks = leaksOf(judge(leaky(name))).filter((cell) => cell.column === name);
    const kept = ["Host", "Note", "More"].includes(name);
    const claimed = kept ? ENCODINGS.filter((e) => e.isClaimed).length : ENCODINGS.length;
    assert.equal(leaks.length, name === "Account" ? 1 : claimed);
    for (const { planted, survived } of leaks) assert.equal(survived.length, planted);
  });
}

test("nothing is judged where the control is not found", () => {
  const blind: Scrubber = {
    policyHash: scrubber.policyHash,
    scrub: (batch) => [{ ...batch, columns: [] }, { tokenised: 0, dropped: 0 }],
  };
  assert.throws(() => judge(blind), {
    name: "CanaryError",
    code: "control",
    message: /a control in Host in utf-8 is not found/,
  });
  const strict = { columns: { "Sample.Host": "drop", "Sample._ParseError": "drop" } } as const;
  assert.throws(
    () => judgeTable({ table: { source: "s", schema }, policy: strict, scrubber }),
    { code: "control", message: /no text column that is kept/ },
  );
});

for (const { name, encode } of ENCODINGS) {
  test(`foundIn() finds a canary in ${name}, after any number of bytes`, () => {
    for (const before of ["", "x", "xy", "xyz"]) {
      const { value, core } = typed("x", "");
      const haystack = Buffer.from(`a ${encode(`${before}${value}z`)} b`);
      assert.ok(foundIn(haystack, core).includes(name));
      assert.deepEqual(foundIn(haystack, typed("x", "").core), []);
    }
  });
}

test("scrub canary judges all tables, and exits with 0 where nothing survives", async () => {
  let out = "";
  let err = "";
  const code = await scrub.run({
    ...parseCall(scrub, ["canary", "--source", "iis", "--output", "json"]),
    signal: new AbortController().signal,
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (line) => void (err += `${line}\n`),
  });
  assert.equal(code, EXIT.ok);
  assert.match(err, /\n\d{3,} canaries planted, 0 cells/);
  const cells = out.trim().split("\n").map((line) => JSON.parse(line) as Cell);
  assert.ok(cells.every(({ source, table: name }) => source === "iis" && name === "W3CIISLog"));
  assert.ok(cells.some((cell) => cell.column === "csUriQuery" && cell.planted > 15));
});
