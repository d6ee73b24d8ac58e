import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { Followed } from "./followed.ts";
import type { TailCursor, TailOptions } from "./io.ts";
import { tail } from "./tail.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Given {
  readonly texts: readonly string[];
  readonly cursor: TailCursor;
}

/** What a tail of `file` gives; `steps` happen each time it has nothing to do. */
async function follow(
  file: string,
  options: TailOptions & { readonly from?: TailCursor; readonly once?: boolean },
  steps: readonly (() => void)[] = [],
): Promise<Given> {
  const stop = new AbortController();
  const left = [...steps];
  let now = Date.now();
  const environment = {
    signal: stop.signal,
    once: options.once ?? false,
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      const step = left.shift();
      if (step === undefined) stop.abort();
      else step();
      return Promise.resolve();
    },
    onGap: (gap: unknown) => assert.fail(JSON.stringify(gap)),
  };
  const texts: string[] = [];
  let cursor = options.from ?? {};
  for await (const chunk of tail(environment, { globs: [file], from: cursor, options })) {
    texts.push(decoder.decode(chunk.bytes));
    cursor = chunk.cursor;
  }
  return { texts, cursor };
}

function fileIn(t: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "custos-tail-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "app.log");
}

const utf16 = (text: string): Uint8Array => Buffer.from(text, "utf16le");
const startsRecord = (lines: Uint8Array, at: number): boolean => lines[at] === 35;
const pause = Array.from({ length: 8 }, () => () => {});

test("tail() gives UTF-16LE as UTF-8 and is not misled by an LF in half a character", async (t) => {
  const file = fileIn(t);
  // U+0A0A is twice the byte of an LF, U+000A after U+0A00 has it at an odd place.
  const lines = ["\u0A0A\u010A", "äß\u{1F600}", "\u0A00", "\uFEFFkept"];
  writeFileSync(file, utf16(`\uFEFF${lines.join("\n")}\n`));
  const steps = ["\u0A41\u4100", "\uFEFF\n", "\uFEFF\n"].map((text) => () =>
    appendFileSync(file, utf16(text))
  );
  const { texts } = await follow(file, {}, steps);
  assert.deepEqual(texts, [`${lines.join("\n")}\n`, "\u0A41\u4100\uFEFF\n", "\uFEFF\n"]);
});

test("tail() waits for the second byte of an LF in UTF-16LE", async (t) => {
  const file = fileIn(t);
  const bytes = utf16("\uFEFFone\ntwo\n");
  writeFileSync(file, bytes.subarray(0, 1));
  const steps = [2, 9, 10, 16, bytes.length].map((end, i, ends) => () =>
    appendFileSync(file, bytes.subarray(ends[i - 1] ?? 1, end))
  );
  const { texts } = await follow(file, {}, steps);
  assert.deepEqual(texts, ["one\n", "two\n"]);
});

test("tail() cuts a line of UTF-16LE that came in halves of characters", async (t) => {
  const file = fileIn(t);
  const bytes = utf16("\uFEFFabcdefg\u0A41\u4100hij\nnext\n");
  for (const ends of [[9, 60], [11, 17, 60], [9, 13, 27, 60]]) {
    writeFileSync(file, bytes.subarray(0, ends[0]));
    const steps = ends.slice(1).map((end, i) => () =>
      appendFileSync(file, bytes.subarray(ends[i], end))
    );
    const { texts } = await follow(file, { maxLineBytes: 9, chunkBytes: 8 }, steps);
    assert.deepEqual(texts, ["abc", "next\n"]);
  }
});

test("tail() goes on in UTF-16LE at its cursor, and starts at the end of whole lines", async (t) => {
  const file = fileIn(t);
  writeFileSync(file, utf16("\uFEFFone\nha"));
  const { cursor, texts } = await follow(file, {});
  const skipped = await follow(file, { startAt: "now" }, [
    () => appendFileSync(file, utf16("lf\n")),
  ]);
  const resumed = await follow(file, { from: cursor });
  assert.deepEqual([texts, skipped.texts, resumed.texts], [["one\n"], ["half\n"], ["half\n"]]);
});

test("tail() reads UTF-16LE cut at any limit as it reads UTF-8", async () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(words, fc.integer({ min: 2, max: 12 }), async (lines, max) => {
      const folder = mkdtempSync(join(tmpdir(), "custos-tail-"));
      const [wide, narrow] = [join(folder, "wide"), join(folder, "narrow")];
      const text = `${lines.join("\n")}\n`;
      // Both begin with a mark, which is no part of the text.
      writeFileSync(wide, utf16(`\uFEFF${text}`));
      writeFileSync(narrow, `.${text}`);
      const options = { chunkBytes: 16, once: true };
      const a = await follow(wide, { ...options, maxLineBytes: max * 2 });
      const b = await follow(narrow, { ...options, maxLineBytes: max });
      rmSync(folder, { recursive: true });
      // The mark of UTF-16 is as long as one character.
      assert.equal(
        a.texts.join("|").replaceAll(/\n\||\n|\|/g, "/"),
        b.texts.join("|").replaceAll(/\n\||\n|\|/g, "/").slice(1),
      );
    }),
    { numRuns: 60 },
  );
});

test("tail() cuts a line over the limit before a character, not in it", async (t) => {
  const file = fileIn(t);
  writeFileSync(file, "aaaaaaaé€\u{1F600}\nnext\n");
  for (const [maxLineBytes, head] of [[8, "aaaaaaa"], [9, "aaaaaaaé"], [11, "aaaaaaaé"]] as const) {
    const { texts } = await follow(file, { maxLineBytes, once: true });
    assert.deepEqual(texts, [head, "next\n"]);
  }
  const { texts } = await follow(file, { maxLineBytes: 15, once: true });
  assert.deepEqual(texts, ["aaaaaaaé€", "next\n"]);
});

test("tail() gives a character that was written in two halves whole", async (t) => {
  const file = fileIn(t);
  const bytes = Buffer.from("a€\nb€\n");
  writeFileSync(file, bytes.subarray(0, 2));
  const steps = [[2, 7], [7, 10]].map(([from, to]) => () =>
    appendFileSync(file, bytes.subarray(from, to))
  );
  const { texts } = await follow(file, {}, steps);
  assert.deepEqual(texts, ["a€\n", "b€\n"]);
});

test("tail() keeps the lines of a record together, and waits a second for more", async (t) => {
  const file = fileIn(t);
  writeFileSync(file, "#1\na\n#2\n");
  const steps = [
    () => appendFileSync(file, "b\n"),
    () => {},
    () => appendFileSync(file, "c\n#3\n"),
    ...pause,
    () => appendFileSync(file, "late\n#4\n"),
  ];
  const { texts, cursor } = await follow(file, { startsRecord }, steps);
  assert.deepEqual(texts, ["#1\na\n", "#2\nb\nc\n", "#3\n", "late\n"]);
  const rest = await follow(file, { startsRecord, from: cursor }, pause);
  assert.deepEqual(rest.texts, ["#4\n"]);
});

test("tail() keeps a record whole that lies across two chunks, in UTF-16LE too", async (t) => {
  const file = fileIn(t);
  const text = "#1 ä\na\n#2\nbb\n#3\nc\n#4\n";
  for (const unit of [1, 2]) {
    writeFileSync(file, unit === 1 ? text : utf16(`\uFEFF${text}`));
    for (const chunkBytes of [12, 13, 14, 15, 16]) {
      const options = { startsRecord, chunkBytes: chunkBytes * unit, maxLineBytes: 10 };
      for (const once of [true, false]) {
        const { texts } = await follow(file, { ...options, once }, pause);
        assert.equal(texts.join(""), text);
        assert.ok(texts.length > 1);
        assert.deepEqual(texts.filter((given) => !given.startsWith("#")), []);
      }
    }
  }
});

test("tail() gives a record that fills a chunk in pieces", async (t) => {
  const file = fileIn(t);
  writeFileSync(file, `#1\n${"a\n".repeat(20)}`);
  const { texts } = await follow(file, { startsRecord, chunkBytes: 16, maxLineBytes: 10 });
  assert.ok(texts.length > 1);
  assert.equal(texts.join("").length % 2, 1);
});

test("tail() gives the last record of a file that was renamed", async (t) => {
  const file = fileIn(t);
  writeFileSync(file, "#1\n");
  const steps = [
    () => {
      appendFileSync(file, "a\n");
      renameSync(file, `${file}.1`);
      writeFileSync(file, "#2\n");
    },
    ...Array.from({ length: 40 }, () => () => {}),
  ];
  const { texts } = await follow(file, { startsRecord }, steps);
  assert.deepEqual(texts.toSorted(), ["#1\na\n", "#2\n"]);
});

test("Followed is not read to its end while it holds lines back", () => {
  const times = { birth: 1, order: 1, changed: 1, mtime: 1 };
  const file = new Followed({ ...times, id: "a", path: "/a", size: 9 });
  Object.assign(file, { offset: 5, scanned: 4 });
  assert.equal(file.isRead, true);
  file.holds = true;
  assert.deepEqual([file.isRead, file.hasUnread], [false, false]);
});
