/**
 * Writes the vectors of the current format, `v2/NAME.json`. Run once a release, when its format is
 * frozen: `node compile/tool.mjs bun sdk/wire/vectors/make.ts`. What a release has written stays.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ColumnBatch } from "../../columns/column.ts";
import { keyId, publicKeyOf, signer } from "../../proof/sign.ts";
import { BodyEncoder } from "../body.ts";
import { type FrameFields, frameHash, packBody, sealFrame } from "../frame.ts";
import { batches } from "./batches.ts";
import { contentOf, hex, type Vector } from "./vector.ts";

const folder = fileURLToPath(new URL("v2", import.meta.url));
const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
const publicKey = publicKeyOf(seed);
const encoder = new BodyEncoder();
let previous: Uint8Array = new Uint8Array(32);
let seq = 0;

mkdirSync(folder, { recursive: true });
for (const { name, about, batch, cursor, ...fields } of batches()) {
  const frame = seal(batch, fields, cursor);
  previous = frameHash(frame);
  seq++;
  const vector: Vector = {
    about,
    publicKey: hex(publicKey),
    frame: hex(frame),
    ...contentOf(frame),
  };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
}

/** Seals the next frame of one chain. */
function seal(
  batch: ColumnBatch,
  { kind = "events", groupLast = true, groupIndex = 0 }: Partial<FrameFields>,
  cursor: Uint8Array | undefined,
): Uint8Array {
  const body = packBody(encoder.encode({ batch, cursor }));
  const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(length);
  const fields: FrameFields = {
    kind,
    groupLast,
    groupIndex,
    agent: bytes(16),
    boot: bytes(16),
    stream: bytes(8),
    epoch: 1,
    seq,
    dictionarySeq: seq,
    rows: batch.rows,
    schema: bytes(32),
    firstTime: 17_800_000_000_000_000n,
    lastTime: 17_800_000_000_000_001n,
    sealedAt: 17_800_000_000_000_002n,
    monotonic: 3n,
    previous,
    rowRoot: bytes(32),
    logId: bytes(8),
    logSize: 2 ** 53 - 1,
    logRoot: bytes(32),
    policy: bytes(32),
    keyId: keyId(publicKey),
  };
  return sealFrame(fields, body, signer(seed));
}
