/**
 * Fuzz targets: frames, bodies, zstd, msgpack and link messages, as bytes alone.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../../compile/demo/random.ts";
import { cellOf } from "../../../sdk/columns/cell.ts";
import { generateKeys, signer, verifier } from "../../../sdk/proof/sign.ts";
import { decodeRawBody } from "../../../sdk/wire/body.ts";
import { BodyError } from "../../../sdk/wire/bytes.ts";
import { decompress } from "../../../sdk/wire/compress.ts";
import {
  decodeBody,
  FrameError,
  HEADER_BYTES,
  packBody,
  parseHeader,
  sealFrame,
  verifyFrame,
} from "../../../sdk/wire/frame.ts";
import { decodeMessage, encodeMessage, isFrame, LinkError } from "../../../sdk/wire/link.ts";
import { MsgpackError, pack, unpack } from "../../../sdk/wire/msgpack.ts";
import { rawBodyOf } from "../../../sdk/wire/vectors/vector.ts";
import { hostile } from "../mutate.ts";
import { type Target, verdictOf } from "../target.ts";
import { MESSAGES } from "./messages.ts";

const VECTORS = join(import.meta.dirname, "../../../sdk/wire/vectors");
const FRAMES = ["v1", "v2"].flatMap((version) =>
  readdirSync(join(VECTORS, version)).sort().map((name) => frameIn(join(VECTORS, version, name)))
);
const HEADERS = FRAMES.map((bytes) => parseHeader(bytes));
const BODIES = FRAMES.map((bytes, i) => new Uint8Array(rawBodyOf(bytes, HEADERS[i]!)));

const keys = generateKeys((size) => new Uint8Array(size).fill(5));
const sign = signer(keys.privateKey);
const verify = verifier(keys.publicKey);

function frameIn(path: string): Uint8Array {
  const vector: unknown = JSON.parse(readFileSync(path, "utf8"));
  const isVector = typeof vector === "object" && vector !== null && "frame" in vector;
  if (!isVector || typeof vector.frame !== "string") throw new TypeError(`${path} is no vector`);
  return new Uint8Array(Buffer.from(vector.frame, "hex"));
}

/** Frames from somebody who has no key: nothing of them may be decompressed. */
const frame: Target = {
  name: "frame",
  corpus: FRAMES,
  take: (bytes) =>
    verdictOf(() => {
      const header = parseHeader(bytes);
      verifyFrame(bytes, header, verify);
      decodeBody(bytes, header);
    }, [FrameError]),
};

/** Frames from an agent that signs whatever it likes. */
const signedFrame: Target = {
  name: "signed-frame",
  corpus: BODIES,
  take: (raw, random) => {
    const lies = lyingBody(raw, random);
    const bytes = sealFrame(random.pick(HEADERS), lies, sign);
    return verdictOf(() => {
      const header = parseHeader(bytes);
      verifyFrame(bytes, header, verify);
      const { batch } = decodeBody(bytes, header);
      for (const column of batch.columns) if (batch.rows > 0) cellOf(column, batch.rows - 1);
    }, [FrameError]);
  },
};

function lyingBody(raw: Uint8Array, random: Random) {
  const packed = packBody(raw.length === 0 ? new Uint8Array(1) : raw);
  switch (random.below(4)) {
    case 0:
      return { ...packed, rawBytes: Math.max(1, packed.rawBytes + random.below(9) - 4) };
    case 1:
      return { ...packed, rawBytes: 64 * 1024 * 1024 };
    default:
      return packed;
  }
}

const body: Target = {
  name: "body",
  corpus: BODIES,
  take: (raw, random) => {
    const rows = random.below(3) === 0 ? random.below(65_536) : random.pick(HEADERS).rows;
    return verdictOf(() => {
      const { batch } = decodeRawBody(raw, rows);
      for (const column of batch.columns) if (rows > 0) cellOf(column, random.below(rows));
    }, [BodyError]);
  },
};

/** Bombs among them: half a gigabyte of zeros in a few kilobytes. */
const zstd: Target = {
  name: "zstd",
  corpus: [...FRAMES.map((bytes) => bytes.subarray(HEADER_BYTES)), bomb()],
  take: (bytes, random) => {
    const declared = random.pick([0, 1, 1000, 65_536, 1024 * 1024]);
    return verdictOf(() => decompress(bytes, declared), [BodyError]);
  },
};

/** RFC 8878 §3.1.1: a frame of blocks that each repeat one byte 128 KiB often. */
function bomb(): Uint8Array {
  const start = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
  const block = (isLast: boolean): number[] => {
    const head = (128 * 1024 << 3) | (1 << 1) | (isLast ? 1 : 0);
    return [head & 0xff, (head >> 8) & 0xff, head >> 16, 0];
  };
  const blocks = Array.from({ length: 4096 }, (_, i) => block(i === 4095));
  return Uint8Array.from([...start, ...blocks.flat()]);
}

const msgpack: Target = {
  name: "msgpack",
  corpus: [...MESSAGES.map(encodeMessage), pack({ a: [1, -1, 2.5, "x", null, true, { b: [] }] })],
  take: (bytes) => verdictOf(() => unpack(bytes), [MsgpackError]),
};

const link: Target = {
  name: "link",
  corpus: MESSAGES.map(encodeMessage),
  take: (bytes, random) => {
    const input = random.below(4) === 0 ? hostile(FRAMES, random) : bytes;
    return verdictOf(() => isFrame(input) || decodeMessage(input), [LinkError]);
  },
};

export const WIRE_TARGETS: readonly Target[] = [frame, signedFrame, body, zstd, msgpack, link];
