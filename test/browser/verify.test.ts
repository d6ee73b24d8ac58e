import assert from "node:assert/strict";
import { test } from "node:test";
import { createFake, type Fake } from "../../hub/api/fakes.ts";
import { type PageServer, servePage } from "../../hub/api/serve.ts";
import { buildPage } from "../../hub/web/build.ts";
import type { BundleRecord, ProvenRow } from "../../sdk/proof/bundle.ts";
import { rowTreeOf } from "../../sdk/proof/row_tree.ts";
import type { Link } from "../../sdk/proof/verdict.ts";
import {
  AGENT,
  batchOf,
  bytesOf,
  chainOf,
  cosigned,
  ENTRY,
  entryOf,
  frameOf,
  headOf,
  HUB,
  keysOf,
  logOf,
  recordsOf,
  WITNESS,
} from "../../sdk/testkit/bundle_room.ts";
import { frameHash, HEADER_BYTES } from "../../sdk/wire/frame.ts";
import { type Browser, missing, openBrowser } from "./chromium.ts";

const options = { skip: missing, timeout: 60_000 };

async function serve(): Promise<PageServer> {
  const page = await buildPage();
  return servePage({ host: "127.0.0.1", port: 0 }, (hosts) => {
    const fake: Fake = createFake((parts) => ({
      ...parts,
      page,
      guard: { ...parts.guard, hosts: () => hosts },
    }));
    return fake.app;
  });
}

const frames = chainOf(4, 2_000);
const log = logOf(frames);
const good = recordsOf(log);
const FIRST = 2;

function withFrame(seq: number, frame: Uint8Array): readonly BundleRecord[] {
  return recordsOf(log.with(FIRST + seq, entryOf(ENTRY.frame, frame)));
}

const otherBody = new Uint8Array(frames[1]!);
otherBody.set(otherBody.subarray(HEADER_BYTES).map((byte) => byte ^ 1), HEADER_BYTES);
const whole = bytesOf(good);

/** One damaged bundle for each link. */
const DAMAGED: Readonly<Record<Link, Uint8Array>> = {
  bundle: whole.subarray(0, -1),
  row: bytesOf(withFrame(3, frameOf({ seq: 3, previous: frameHash(frames[2]!), rows: 4 }))),
  file: bytesOf(good.toSpliced(
    -1,
    0,
    { kind: "file", leaf: 1, bytes: new Uint8Array(9) },
    { kind: "stored", leaf: 1, index: 2, row: 0 },
  )),
  frame: bytesOf(withFrame(1, otherBody)),
  signature: bytesOf(
    withFrame(1, frameOf({ seq: 1, previous: frameHash(frames[0]!), by: keysOf(8) })),
  ),
  chain: bytesOf(recordsOf(log.toSpliced(FIRST + 1, 1))),
  leaf: bytesOf(
    good.map((record) =>
      record.kind === "entry" && record.index === FIRST + 3
        ? {
          ...record,
          entry: entryOf(
            ENTRY.frame,
            frameOf({ seq: 3, previous: frameHash(frames[2]!), batch: batchOf(3, 99) }),
          ),
        }
        : record
    ),
  ),
  checkpoint: bytesOf(
    good.with(0, { kind: "checkpoint", note: cosigned(headOf(log, keysOf(8)).note) }),
  ),
  witness: bytesOf(good.with(0, { kind: "checkpoint", note: headOf(log).note })),
};

/** One row of a frame, alone: what `/proof/row` replies. */
const rowBatch = batchOf(5);
const rowSeed = new Uint8Array(32).fill(6);
const rowTree = rowTreeOf(rowBatch, rowSeed);
const rowFrame = frameOf({ batch: rowBatch, bodySeed: rowSeed, rowRoot: rowTree.root });
const row: ProvenRow = {
  index: 2,
  row: 3,
  header: rowFrame.subarray(0, HEADER_BYTES),
  ...rowTree.prove(3),
};

function rowBundle(changed: Partial<ProvenRow> = {}): Uint8Array {
  const records = recordsOf(logOf([rowFrame])).filter((record) =>
    record.kind !== "entry" || record.index !== row.index
  );
  return bytesOf(records.toSpliced(-1, 0, { kind: "row", ...row, ...changed }));
}

async function judge({ page }: Browser, bytes: Uint8Array): Promise<string> {
  const buffer = Buffer.from(bytes);
  await page.getByLabel("Bundle, up to").setInputFiles([]);
  await page.locator("h3").waitFor({ state: "detached" });
  await page.getByLabel("Bundle, up to").setInputFiles({ name: "e.bundle", mimeType: "", buffer });
  const verdict = page.getByRole("region", { name: "Verdict" });
  await verdict.locator("h3").waitFor();
  return await verdict.innerText();
}

test("a bundle is judged without session and network, and nothing is sent", options, async () => {
  await using server = await serve();
  await using browser = await openBrowser();
  const { page, context } = browser;
  await page.goto(`${server.url}/#/verify`);
  await page.getByLabel("Bundle, up to").waitFor();
  // It answers only once the worker runs: all that is needed is loaded then.
  assert.match(await judge(browser, whole), /Every link holds/);
  const asked = browser.requests.length;
  await context.setOffline(true);
  const text = await judge(browser, whole);
  assert.match(text, /Every link holds/);
  assert.match(text, /Taken on faith/);
  assert.match(text, /8,000/);
  assert.equal(browser.requests.length, asked);
  const own = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  await page.getByLabel("Keys that you trust").fill(
    `hub ${own(HUB.publicKey)}\nwitness ${WITNESS.name} ${own(WITNESS.publicKey)}\n` +
      `agent ${own(AGENT.publicKey)}`,
  );
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("Taken on faith, for").waitFor({ state: "detached" });
  await page.getByText("Every link holds").waitFor();
  await page.getByLabel("Keys that you trust").fill("hub 12");
  await page.getByRole("button", { name: "Verify" }).click();
  assert.match(await page.getByRole("alert").innerText(), /line 1 has no key/);
  await page.evaluate("Object.defineProperty(Blob.prototype, 'size', { get: () => 2 ** 30 + 1 })");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("the file is larger than 1 GiB").waitFor();
  assert.deepEqual(browser.complaints.filter((line) => !/401/.test(line)), []);
});

test(
  "the page shows a row that was proved alone, and names it where it is broken",
  options,
  async () => {
    await using server = await serve();
    await using browser = await openBrowser();
    await browser.page.goto(`${server.url}/#/verify`);
    const text = await judge(browser, rowBundle());
    assert.match(text, /Every link holds/);
    assert.match(text, /Row 3 of Syslog/);
    assert.match(text, /Failed password 0 23757/);
    const bytes = new Uint8Array(row.bytes);
    bytes[bytes.length - 1]! ^= 1;
    assert.match(await judge(browser, rowBundle({ bytes })), /^Broken: row/);
    assert.equal(await browser.page.locator("[data-state=bad]").getAttribute("data-link"), "row");
  },
);

test("the page names the link that is broken", options, async (t) => {
  await using server = await serve();
  await using browser = await openBrowser("dark");
  const { page } = browser;
  await page.goto(`${server.url}/#/verify`);
  for (const [link, bytes] of Object.entries(DAMAGED)) {
    t.diagnostic(link);
    assert.match(await judge(browser, bytes), new RegExp(`^Broken: ${link}`));
    assert.equal(await page.locator("[data-state=bad]").getAttribute("data-link"), link);
    assert.equal(await page.locator("[data-state=good]").count(), 0);
  }
  assert.deepEqual(browser.complaints.filter((line) => !/401/.test(line)), []);
});
