/**
 * Looks into a spool without changing it: what `custos spool ls|verify|export` shows.
 *
 * It may run beside the agent that writes: what is appended meanwhile is or is not seen.
 *
 * @module
 */
import type { Verify } from "../../sdk/proof/sign.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import {
  FrameError,
  frameHash,
  type FrameHeader,
  parseHeader,
  verifyFrame,
} from "../../sdk/wire/frame.ts";
import {
  findRecord,
  RECORD_HEAD_BYTES,
  scanRecords,
  SEGMENT_HEADER_BYTES,
} from "../../sdk/wire/segment.ts";
import { decodeState, recordKind } from "./records.ts";
import { listSegments, readSegmentHeader, segmentPath } from "./segment_files.ts";

/** A frame in the spool. */
export interface SpooledFrame {
  readonly kind: "frame";
  readonly path: string;
  /** Of its first byte in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly header: FrameHeader;
  /** Name of the source; its stream id in hex where no state record tells. */
  readonly source: string;
  /** The hub had acknowledged it when the newest state record before it was written. */
  readonly acked: boolean;
}

/** Bytes in the spool that are not what they must be. */
export interface Problem {
  readonly kind: "problem";
  readonly path: string;
  readonly offset: number;
  readonly why: string;
}

/** Bytes of records that are in memory at once. */
const BATCH_BYTES = 1024 * 1024;

interface Names {
  readonly source: Map<string, string>;
  /** By stream and epoch: the first seq that is not acknowledged. */
  readonly first: Map<string, number>;
}

/** The key of this agent with an id of 8 bytes; undefined if it never had such a key. */
export type KeyOf = (id: Uint8Array) => Promise<Verify | undefined>;

/** All frames in the order in which they were written, and what is damaged. */
export async function* walkSpool(
  files: Files,
  folder: string,
): AsyncGenerator<SpooledFrame | Problem> {
  const names: Names = { source: new Map(), first: new Map() };
  for (const number of listSegments(files, folder)) {
    yield* walkSegment(files, segmentPath(folder, number), names);
  }
}

async function* walkSegment(
  files: Files,
  path: string,
  names: Names,
): AsyncGenerator<SpooledFrame | Problem> {
  const file = files.open(path, "read");
  try {
    const problem = (offset: number, why: string): Problem => ({
      kind: "problem",
      path,
      offset,
      why,
    });
    if ((await readSegmentHeader(file)) === undefined) yield problem(0, "header");
    let at: number | undefined = SEGMENT_HEADER_BYTES;
    while (at !== undefined && at < file.size()) {
      const found: (SpooledFrame | Problem)[] = [];
      let bytes = 0;
      const { end, bad } = await scanRecords(file, { from: at }, (payload, offset) => {
        const place = { path, offset: offset + RECORD_HEAD_BYTES };
        const item = itemOf(payload, place, names);
        if (item !== undefined) found.push(item);
        bytes += payload.length;
        return bytes > BATCH_BYTES ? "stop" : undefined;
      });
      yield* found;
      at = end;
      if (bad === undefined) continue;
      if (bad.why === "zeros") return;
      yield problem(bad.offset, bad.why);
      at = await findRecord(file, bad.offset + 1, (first) => recordKind(first) !== undefined);
    }
  } finally {
    file.close();
  }
}

function itemOf(
  payload: Uint8Array,
  place: { readonly path: string; readonly offset: number },
  names: Names,
): SpooledFrame | Problem | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  switch (recordKind(payload.length < 4 ? 0 : view.getUint32(0))) {
    case "frame":
      return frameOf(new Uint8Array(payload), place, names);
    case "state":
      return learn(payload, names) ? undefined : { kind: "problem", ...place, why: "state" };
    case "schema":
      return undefined;
    case undefined:
      return { kind: "problem", ...place, why: "kind" };
  }
}

/** False if the record is no state of a spool. */
function learn(payload: Uint8Array, names: Names): boolean {
  const states = decodeState(payload);
  for (const { id, name, epochs } of states ?? []) {
    names.source.set(hexOf(id), name);
    for (const { epoch, first } of epochs) names.first.set(`${hexOf(id)}/${epoch}`, first);
  }
  return states !== undefined;
}

function frameOf(
  bytes: Uint8Array,
  place: { readonly path: string; readonly offset: number },
  names: Names,
): SpooledFrame | Problem {
  try {
    const header = parseHeader(bytes);
    const stream = hexOf(header.stream);
    const source = names.source.get(stream) ?? stream;
    const acked = header.seq < (names.first.get(`${stream}/${header.epoch}`) ?? 0);
    return { kind: "frame", ...place, bytes, header, source, acked };
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return { kind: "problem", ...place, why: error.message };
  }
}

/**
 * Checks records, chain, and signature and body of each frame. Gives what is wrong, in order;
 * nothing for a spool as it must be.
 */
export async function* verifySpool(
  files: Files,
  folder: string,
  keyOf: KeyOf,
): AsyncGenerator<Problem> {
  const tails = new Map<string, { readonly next: number; readonly hash: Uint8Array }>();
  for await (const item of walkSpool(files, folder)) {
    if (item.kind === "problem") {
      yield item;
      continue;
    }
    const { path, offset, header, bytes } = item;
    const why = faultOf(bytes, header, await keyOf(header.keyId));
    if (why !== undefined) yield { kind: "problem", path, offset, why };
    const key = `${hexOf(header.stream)}/${header.epoch}`;
    const tail = tails.get(key);
    // Frames that were removed leave a hole; only neighbours can contradict each other.
    if (tail?.next === header.seq && Buffer.compare(tail.hash, header.previous) !== 0) {
      yield { kind: "problem", path, offset, why: "chain: it does not continue the one before it" };
    }
    tails.set(key, { next: header.seq + 1, hash: frameHash(bytes) });
  }
}

/** Why a frame is not as it was sealed. */
export function faultOf(
  bytes: Uint8Array,
  header: FrameHeader,
  verify: Verify | undefined,
): string | undefined {
  if (verify === undefined) return "key: this agent has no such key, or no longer knows it";
  try {
    verifyFrame(bytes, header, verify);
    return undefined;
  } catch (error) {
    if (error instanceof FrameError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
