import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { makeFileState } from "./directives.ts";
import { type Files, loadFiles, longList, MAX_SAVED_BYTES, saveFiles, shortList } from "./files.ts";
import iis from "./mod.ts";
import { compilePlan } from "./plan.ts";

goldenCases(iis, new URL("./cases/", import.meta.url));
readmeTables(iis, new URL("./README.md", import.meta.url));

const HEAD = "#Fields: date time c-ip sc-status\n";
const line = (n: number): string => `2026-06-30 10:00:0${n} 198.51.100.${n} 200\n`;

test("iis goes on in the middle of a file with the fields in force there", async () => {
  const config = { files: ["/log"] };
  const first = await runPlugin(iis, { config, files: { "/log": HEAD + line(1) } });
  const second = await runPlugin(iis, {
    config,
    files: { "/log": HEAD + line(1) + line(2) },
    cursor: first.cursor!,
  });
  assert.deepEqual(second.rejected, {});
  assert.equal(second.rows["W3CIISLog"]?.[0]?.["cIP"], "198.51.100.2");
});

test("iis reads a file's head again where the cursor does not know its fields", async () => {
  const files = { "/log": `#Fields: date time x\n${HEAD}${line(1)}${line(2)}` };
  const offset = files["/log"].length - line(2).length;
  const cursor = { tail: { "/log": offset }, files: { lists: [], files: {} } };
  const run = await runPlugin(iis, { config: { files: ["/log"] }, files, cursor });
  assert.deepEqual(run.rejected, {});
  assert.equal(run.rows["W3CIISLog"]?.length, 1);
});

test("iis keeps the lines of a file whose head is gone as rejected ones", async () => {
  const files = new Map([["/log", new TextEncoder().encode(HEAD + line(1))]]);
  const io = memoryIo(files);
  const cursor = { tail: { "/log": HEAD.length }, files: { lists: [], files: {} } };
  const run = await runPlugin(iis, {
    config: { files: ["/log"] },
    cursor,
    io: {
      ...io,
      tail: async function* (globs, from, options) {
        for await (const chunk of io.tail(globs, from, options)) {
          yield { ...chunk, fileId: `${chunk.fileId}@${from["/log"] === undefined ? 2 : 1}` };
        }
      },
    },
  });
  assert.deepEqual(run.rejected, { "no #Fields directive before it": 1 });
});

test("saveFiles() stays within its bytes for any number of files, and keeps the newest", () => {
  const files: Files = new Map();
  for (let n = 0; n < 500; n++) {
    const list = `date time c-ip cs-uri-stem custom-${n % 50}`;
    files.set(`file${n}`, { ...makeFileState(), plan: planOf(list) });
  }
  const saved = saveFiles(files);
  assert.ok(JSON.stringify(saved).length <= MAX_SAVED_BYTES);
  const loaded = loadFiles(saved, planOf);
  assert.ok(loaded.size > 10);
  assert.equal(loaded.get("file499")?.plan?.list, "date time c-ip cs-uri-stem custom-49");
});

test("longList() gives what shortList() was given", () => {
  const list = "date time =odd s-ip x-custom cs(User-Agent) y z c-ip";
  assert.equal(longList(shortList(list)), list.toLowerCase());
});

test("iis refuses a config with a message that says what would be right", async () => {
  const run = runPlugin(iis, { config: { files: [] } });
  await assert.rejects(run, /must name at least one file or glob/);
});

const corpus = new URL("../../../shared/corpora/samples/iis/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
for (const [name, rows] of [["Tunna_rdp_tunnel_IIS", 4298], ["velociraptor_exchange_iis", 4]]) {
  test(`iis reads each request of the real log ${name}`, { skip }, async () => {
    const files = { "/log": new Uint8Array(readFileSync(new URL(`${name}.log`, corpus))) };
    const run = await runPlugin(iis, { config: { files: ["/log"] }, files });
    assert.deepEqual(run.rejected, {});
    assert.equal(run.rows["W3CIISLog"]?.length, rows);
  });
}

function planOf(list: string): ReturnType<typeof compilePlan> {
  const plan = compilePlan(list, { columns: {} } as never, new Set());
  return plan;
}
