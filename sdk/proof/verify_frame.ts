/**
 * The first links of a bundle: rows, body, signature and chain of its frames.
 *
 * Besides frames it reads the ledger entries that frames need: who the agents are, which keys
 * they have had, and where one epoch of a stream ended and the next began.
 *
 * @module
 */
import {
  FrameError,
  type FrameHeader,
  HEADER_BYTES,
  parseHeader,
  parseHeaderAlone,
  SIGNED_BYTES,
} from "../wire/header.ts";
import { decodeRawBody } from "../wire/body.ts";
import { BodyError } from "../wire/bytes.ts";
import { ENTRY_HEAD_BYTES, type ProvenEntry, type ProvenRow } from "./bundle.ts";
import { hexOf } from "./hex.ts";
import type { Provider } from "./provider.ts";
import type { Broken, FramePlace, SeenRow, StreamSpan } from "./verdict.ts";
import { type AgentKeys, openAgentKeys } from "./verify_agents.ts";
import { type Chains, openChains } from "./verify_chain.ts";
import { readEpoch } from "./verify_entries.ts";
import { judgeRow } from "./verify_row.ts";
import { areRowsOf } from "./verify_rows.ts";

/** Numbers of the kinds of ledger entries that are read here. */
const FRAME = 1;
const EPOCH = 4;
const AGENT = 5;
const SUCCESSION = 8;

export interface FrameCheck {
  /** The next entry; what is broken in it. */
  take(entry: ProvenEntry): Broken | undefined;
  /** The header, 394 bytes, of a frame whose body has been deleted; what is broken in it. */
  takeHeader(index: number, header: Uint8Array): Broken | undefined;
  /** The place of the frame that an entry holds, if it holds one. */
  placeOf(entry: ProvenEntry): { readonly frame?: FramePlace };
  /** The next row that is proved alone; what is broken in it. */
  takeRow(row: ProvenRow): Broken | undefined;
  rows(): readonly SeenRow[];
  spans(): readonly StreamSpan[];
  /** What was believed of agents. */
  faith(): readonly string[];
}

/** `trusted`: one of these must be each agent's first key; empty: whoever the ledger names. */
export function openFrameCheck(provider: Provider, trusted: readonly Uint8Array[]): FrameCheck {
  const agents = openAgentKeys(provider, trusted);
  const chains = openChains(provider.sha256);
  const rows: SeenRow[] = [];
  return {
    take(proven) {
      const { entry, index } = proven;
      const payload = entry.subarray(ENTRY_HEAD_BYTES);
      const kind = entry[0] === 1 ? entry[1] : undefined;
      if (kind === AGENT) {
        const why = agents.enrol(payload);
        return why === undefined ? undefined : { link: "signature", code: "agent", why, index };
      }
      if (kind === SUCCESSION) {
        const why = agents.succeed(payload);
        return why === undefined ? undefined : { link: "signature", code: "statement", why, index };
      }
      if (kind === EPOCH) {
        const epoch = readEpoch(payload);
        const why = epoch && chains.open(epoch);
        return why === undefined ? undefined : { link: "chain", code: "epoch", why, index };
      }
      return kind === FRAME
        ? judge({ bytes: payload, index }, { provider, agents, chains })
        : undefined;
    },
    takeHeader(index, bytes) {
      const header = headerOf(bytes, parseHeaderAlone);
      return header === undefined
        ? noHeader(index)
        : judgeHeader({ header, bytes, index }, { agents, chains });
    },
    takeRow(row) {
      const judged = judgeRow(row, provider, agents);
      if (judged.broken === undefined) rows.push(judged.seen);
      return judged.broken;
    },
    rows: () => rows,
    placeOf({ entry }) {
      try {
        return entry[1] === FRAME
          ? { frame: placeOf(parseHeader(entry.subarray(ENTRY_HEAD_BYTES))) }
          : {};
      } catch {
        return {};
      }
    },
    spans: () => chains.spans((agent) => agents.hostOf(agent)),
    faith: () => [...agents.faith(), ...faithOfRows(rows)],
  };
}

function faithOfRows(rows: readonly SeenRow[]): readonly string[] {
  return [...new Set(rows.map(({ index }) => index))].map((index) =>
    `that entry ${index} of the ledger is the frame of its rows, whose body is not shown`
  );
}

interface Judging {
  readonly provider: Provider;
  readonly agents: AgentKeys;
  readonly chains: Chains;
}

function judge(
  { bytes, index }: { readonly bytes: Uint8Array; readonly index: number },
  { provider, agents, chains }: Judging,
): Broken | undefined {
  const header = headerOf(bytes, parseHeader);
  if (header === undefined) return noHeader(index);
  const frame = placeOf(header);
  const body = bytes.subarray(HEADER_BYTES);
  if (!isSame(provider.sha256(body), header.bodyHash)) {
    const why = "its body is not the one whose hash its header has";
    return { link: "frame", code: "body", why, index, frame };
  }
  const between = (): Broken | undefined => {
    // Only now: what an agent has not signed is not decoded.
    const row = rowFault(body, header, provider);
    return row && { link: "row", ...row, index, frame };
  };
  return judgeHeader({ header, bytes, index }, { agents, chains, between });
}

/** Signature, what is `between`, and chain. */
function judgeHeader(
  { header, bytes, index }: {
    readonly header: FrameHeader;
    readonly bytes: Uint8Array;
    readonly index: number;
  },
  { agents, chains, between }: Omit<Judging, "provider"> & {
    readonly between?: () => Broken | undefined;
  },
): Broken | undefined {
  const frame = placeOf(header);
  const fault = agents.fault(header, {
    message: bytes.subarray(0, SIGNED_BYTES),
    signature: bytes.subarray(SIGNED_BYTES, HEADER_BYTES),
  });
  if (fault !== undefined) return { link: "signature", ...fault, index, frame };
  const broken = between?.();
  if (broken !== undefined) return broken;
  const why = chains.take(header, bytes);
  return why === undefined ? undefined : { link: "chain", code: "previous", why, index, frame };
}

function noHeader(index: number): Broken {
  return { link: "frame", code: "header", why: "it has no header of a frame", index };
}

function headerOf(
  bytes: Uint8Array,
  parse: (bytes: Uint8Array) => FrameHeader,
): FrameHeader | undefined {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}

interface RowFault {
  readonly code: "body" | "root";
  readonly why: string;
}

function rowFault(
  body: Uint8Array,
  header: FrameHeader,
  provider: Provider,
): RowFault | undefined {
  try {
    const raw = header.stored ? body : provider.decompress(body, header.rawBytes);
    const { batch, seed } = decodeRawBody(raw, header.rows);
    if (header.rowRoot.every((byte) => byte === 0)) return undefined;
    return seed !== undefined && areRowsOf(header.rowRoot, { batch, seed }, provider.sha256)
      ? undefined
      : { code: "root", why: "its rows are not those of the tree whose root its header has" };
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return { code: "body", why: "its body does not hold the rows that its header counts" };
  }
}

function placeOf({ agent, stream, epoch, seq }: FrameHeader): FramePlace {
  return { agent: hexOf(agent), stream: hexOf(stream), epoch, seq };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
