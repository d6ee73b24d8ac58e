/**
 * Judges one entry's proof (C2SP tlog-proof) with the entry beside it: leaf, checkpoint, witnesses.
 *
 * It reads the text for itself and shares nothing with what makes proofs (`tlog_proof.ts`). What the
 * agent has signed, and what came before and after, a bundle tells.
 *
 * @module
 */
import { hexOf } from "./hex.ts";
import type { Provider } from "./provider.ts";
import type { Broken, Verdict } from "./verdict.ts";
import { openHeadCheck, type Trust } from "./verify_head.ts";
import { holdsLeaf } from "./verify_leaf.ts";
import { fromBase64, type Note } from "./verify_note.ts";

/** The first line of such a proof. */
export const PROOF_LINE = "c2sp.org/tlog-proof@v1";
/** A tree that a number can count is no higher. */
const MAX_HASHES = 63;
const MAX_CHARACTERS = 128 * 1024;

interface Proof {
  readonly extra: Uint8Array;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
}

/**
 * `entry` is what the leaf hashes behind the proof's `extra`: a frame as its agent sealed it. One of
 * `trust.hubs` must have signed: a proof brings no key along.
 */
export function verifyProof(
  text: string,
  entry: Uint8Array,
  { provider, trust }: { readonly provider: Provider; readonly trust: Trust },
): Verdict {
  const nothing = { entries: 0, streams: [], rows: [], stored: [], witnesses: [], faith: [] };
  const parsed = readProof(text);
  if (parsed === undefined) {
    return { ...nothing, broken: { link: "bundle", code: "format", why: "it is no tlog-proof" } };
  }
  const { note, broken, witnesses, faith } = headOf(parsed.note, provider, trust);
  const log = note && { origin: note.origin, size: note.size, root: hexOf(note.root) };
  const facts = { ...nothing, ...(log && { log }), witnesses, faith };
  const { index, proof, extra } = parsed;
  const claim = { index, proof, entry: joined(extra, entry) };
  // The links in their order: a leaf that is not there comes before who has signed the tree.
  if (note !== undefined && !holdsLeaf(claim, note, provider.sha256)) {
    const why = "the tree does not have this entry in its place";
    return { ...facts, broken: { link: "leaf", code: "proof", why, index } };
  }
  return broken === undefined ? { ...facts, entries: 1 } : { ...facts, broken };
}

function headOf(text: string, provider: Provider, trust: Trust): {
  readonly note: Note | undefined;
  readonly broken: Broken | undefined;
  readonly witnesses: Verdict["witnesses"];
  readonly faith: Verdict["faith"];
} {
  const check = openHeadCheck(provider, trust);
  check.note(text);
  const { note, broken, witnesses, faith } = check.checked();
  if (trust.hubs.length > 0 || broken !== undefined) return { note, broken, witnesses, faith };
  const why = "no key of the hub is given, and a proof brings none";
  return { note, witnesses, faith: [], broken: { link: "checkpoint", code: "key", why } };
}

/** The one spelling that counts; undefined for any other text. */
function readProof(text: string): Proof | undefined {
  const end = text.indexOf("\n\n");
  if (text.length > MAX_CHARACTERS || end < 0) return undefined;
  const [first, ...lines] = text.slice(0, end).split("\n");
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift()!.slice(6)) : NOTHING;
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "")?.[1];
  const proof = lines.map(fromBase64).filter((hash) => hash?.length === 32);
  const isWhole = proof.length === lines.length && lines.length <= MAX_HASHES;
  const isNumber = index !== undefined && Number.isSafeInteger(Number(index));
  if (first !== PROOF_LINE || extra === undefined || !isNumber || !isWhole) return undefined;
  const hashes = proof.filter((hash) => hash !== undefined);
  return { extra, index: Number(index), proof: hashes, note: text.slice(end + 2) };
}

const NOTHING = new Uint8Array(0);

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
