import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import type { Gap } from "../plugin.ts";
import { openIo } from "./open_io.ts";

test("tail() tells of compressed files at its first start, and reads none as lines", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "custos-tail-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "a.log"), "1\n");
  for (const end of ["gz", "zst", "Z"]) {
    writeFileSync(join(folder, `a.log.2.${end}`), gzipSync("0\n"));
  }
  const gaps: Gap[] = [];
  const onGap = (gap: Gap): void => void gaps.push(gap);
  await using io = openIo({ signal: new AbortController().signal, once: true, onGap });
  const texts: string[] = [];
  let cursor = {};
  for (let start = 0; start < 2; start++) {
    for await (const chunk of io.tail([join(folder, "a.log*")], cursor)) {
      texts.push(new TextDecoder().decode(chunk.bytes));
      cursor = chunk.cursor;
    }
  }
  assert.deepEqual(texts, ["1\n"]);
  assert.deepEqual(gaps, [{ reason: "other", detail: "3 compressed files are not read" }]);
});
