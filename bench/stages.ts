/**
 * What each stage costs, and each guarantee: one full batch of real input, stage by stage.
 *
 * `npm run bench:stages -- [--json]`
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { BodyEncoder } from "../sdk/wire/body.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { generateKeys, keyId, signer, verifier } from "../sdk/proof/sign.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { openScrubber } from "../sdk/scrub/scrubber.ts";
import {
  decodeBody,
  type FrameFields,
  frameHash,
  packBody,
  parseHeader,
  sealFrame,
  verifyFrame,
} from "../sdk/wire/frame.ts";
import { packBatch } from "../sdk/columns/layout.ts";
import { unpackBatch } from "../sdk/columns/read_layout.ts";
import { type Kind, makeInput } from "./input.ts";
import { loadSource } from "./source_of.ts";

const ROWS = 32_768;
const ROUNDS = 60;
const WARM_ROUNDS = 20;

const folder = mkdtempSync(join(tmpdir(), "custos-stages-"));
try {
  for (const kind of ["syslog", "iis"] as const) await measure(kind);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(kind: Kind): Promise<void> {
  const key = new Uint8Array(randomBytes(32));
  const file = join(folder, `${kind}.log`);
  await makeInput(kind, file, { lines: ROWS, key, startMs: Date.now() - 3_600_000 });
  const loaded = await loadSource(kind, file);
  const results: [string, number][] = [];
  const note = (name: string, ns: number): void => void results.push([name, ns / ROWS]);

  note("read + parse", await cost(() => loaded.read(() => {})));
  let copy: Uint8Array = new Uint8Array(0);
  await loaded.read((batch) => {
    if (batch.rows > 0) copy = packBatch(batch);
  });
  const raw = unpackBatch(copy);
  const columns = kind === "syslog"
    ? { "Syslog.HostName": "token", "Syslog.ProcessName": "token" } as const
    : {};
  const scrubber = openScrubber({ policy: { columns }, key: { epoch: 1, bytes: key } });
  note("scrub", await cost(() => scrubber.scrub(raw, loaded.schema)));
  const [batch] = scrubber.scrub(raw, loaded.schema);
  const encoder = new BodyEncoder();
  note("encode columns", await cost(() => encoder.encode({ batch, cursor: undefined })));
  const body = encoder.encode({ batch, cursor: undefined }).slice();
  note("zstd + SHA-256 of the body", await cost(() => packBody(body)));
  await sealing(body, batch, note);
  for (const [name, ns] of results) {
    console.log(`${kind.padEnd(7)} ${name.padEnd(44)} ${ns.toFixed(1).padStart(8)} ns/event`);
  }
}

/** Guarantees: the same frame with and without each of them. */
async function sealing(
  body: Uint8Array,
  batch: ColumnBatch,
  note: (name: string, ns: number) => void,
): Promise<void> {
  const keys = generateKeys();
  const sign = signer(keys.privateKey);
  const verify = verifier(keys.publicKey);
  const packed = packBody(body);
  const fields = fieldsOf(batch.rows, keyId(keys.publicKey));
  const nothing = new Uint8Array(64);
  note("seal without signature", await cost(() => sealFrame(fields, packed, () => nothing)));
  note("seal with signature", await cost(() => sealFrame(fields, packed, sign)));
  const frame = sealFrame(fields, packed, sign);
  note("chain (frame hash)", await cost(() => frameHash(frame)));
  const file = nodeFiles().open(join(folder, `spool-${randomBytes(4).toString("hex")}`), "create");
  let at = 0;
  note(
    "spool write",
    await cost(() => {
      file.write(frame, at);
      at += frame.length;
    }),
  );
  note(
    "spool write + fdatasync (CPU)",
    await cost(async () => {
      file.write(frame, at);
      at += frame.length;
      await file.sync();
    }),
  );
  file.close();
  const header = parseHeader(frame);
  note("hub: verify signature and hash", await cost(() => verifyFrame(frame, header, verify)));
  note("hub: decode columns", await cost(() => decodeBody(frame, header)));
}

/** CPU ns of one call, the median of many. */
async function cost(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_ROUNDS; round++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_ROUNDS) times.push((user + system) * 1000);
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN;
}

function fieldsOf(rows: number, key: Uint8Array): FrameFields {
  const zeros = (n: number): Uint8Array => new Uint8Array(n);
  return {
    kind: "events",
    groupLast: true,
    agent: zeros(16),
    boot: zeros(16),
    stream: zeros(8),
    epoch: 1,
    seq: 0,
    groupIndex: 0,
    dictionarySeq: 0,
    rows,
    schema: zeros(32),
    firstTime: 0n,
    lastTime: 0n,
    sealedAt: 0n,
    monotonic: 0n,
    previous: zeros(32),
    rowRoot: zeros(32),
    logId: zeros(8),
    logSize: 0,
    logRoot: zeros(32),
    policy: zeros(32),
    keyId: key,
  };
}
