/**
 * Fuzz targets: bundles of evidence, and the proofs of rows in them.
 *
 * Nothing that was changed may be accepted, whoever has folded the end's hash anew.
 *
 * @module
 */
import type { Random } from "../../../compile/demo/random.ts";
import type { BundleRecord, ProvenRow } from "../../../sdk/proof/bundle.ts";
import { nativeProvider } from "../../../sdk/proof/native_provider.ts";
import { portableProvider } from "../../../sdk/proof/portable_provider.ts";
import { rowTreeOf } from "../../../sdk/proof/row_tree.ts";
import type { Provider } from "../../../sdk/proof/provider.ts";
import { openVerifier } from "../../../sdk/proof/verify.ts";
import {
  AGENT,
  batchOf,
  bytesOf,
  chainOf,
  enrolment,
  ENTRY,
  entryOf,
  frameOf,
  HUB,
  logOf,
  recordsOf,
  WITNESS,
} from "../../../sdk/testkit/bundle_room.ts";
import { HEADER_BYTES } from "../../../sdk/wire/frame.ts";
import type { Target } from "../target.ts";

const TRUST = { hubs: [HUB.publicKey], witnesses: [WITNESS], agents: [AGENT.publicKey] };
const SEED = new Uint8Array(32).fill(6);
const ROWS = 5;

const tree = rowTreeOf(batchOf(ROWS), SEED);
const frame = frameOf({ batch: batchOf(ROWS), bodySeed: SEED, rowRoot: tree.root });
const rowLog = recordsOf([enrolment(), entryOf(ENTRY.frame, frame)]);
const proven: ProvenRow = {
  index: 1,
  row: 3,
  header: frame.subarray(0, HEADER_BYTES),
  ...tree.prove(3),
};

function bundleOf(row: ProvenRow): Uint8Array {
  return bytesOf([...rowLog.slice(0, 4), { kind: "row", ...row }, { kind: "end" }]);
}

function judge(bytes: Uint8Array, provider: Provider): string {
  const verifier = openVerifier(provider, TRUST);
  verifier.take(bytes);
  const { broken } = verifier.end();
  return broken === undefined ? "accepted" : `${broken.link}-${broken.code}`;
}

/** By one provider, at times by both: what they say must be the same. */
function judged(bytes: Uint8Array, isChanged: boolean, random: Random): string {
  const verdict = judge(bytes, nativeProvider);
  if (random.below(8) === 0 && judge(bytes, portableProvider) !== verdict) {
    throw new TypeError(`The portable verifier does not say "${verdict}"`);
  }
  if (isChanged && verdict === "accepted") throw new TypeError("What was changed is accepted");
  return verdict;
}

const WHOLE: readonly BundleRecord[] = recordsOf(logOf(chainOf(3)));
const CORPUS = [bytesOf(WHOLE), bundleOf(proven)];

const bundle: Target = {
  name: "bundle",
  corpus: CORPUS,
  take: (bytes, random) =>
    judged(bytes, !CORPUS.some((good) => Buffer.compare(good, bytes) === 0), random),
};

/** Row, path, salt, header and bytes, as a liar would write them into a whole bundle. */
const rowProof: Target = {
  name: "row-proof",
  corpus: [Buffer.concat([...proven.hashes, proven.salt, proven.header, proven.bytes])],
  take: (bytes, random) => {
    const hashes = proven.hashes.map((_, i) => bytes.subarray(32 * i, 32 * (i + 1)));
    const at = 32 * hashes.length;
    const salt = bytes.subarray(at, at + 16);
    const header = bytes.subarray(at + 16, at + 16 + HEADER_BYTES);
    const rest = bytes.subarray(at + 16 + HEADER_BYTES);
    if (header.length < HEADER_BYTES || rest.length === 0) return "short";
    const row = random.below(4) === 0 ? random.below(70_000) : proven.row;
    const same = row === proven.row && Buffer.compare(bytes, rowProof.corpus[0]!) === 0;
    return judged(bundleOf({ index: 1, row, hashes, salt, header, bytes: rest }), !same, random);
  },
};

export const EVIDENCE_TARGETS: readonly Target[] = [bundle, rowProof];
