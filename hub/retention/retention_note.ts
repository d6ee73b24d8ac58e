/**
 * What the ledger says of deletions: holds, tombstones, and what became of them.
 *
 * | note                  | payload: JSON with                                                   |
 * | --------------------- | -------------------------------------------------------------------- |
 * | `hold`                | name, table, from, to, agent, reason, by: nothing of it is deleted    |
 * | `hold-release`        | name, reason, by                                                     |
 * | `tombstone`           | what is to be deleted, and by which policy; nothing is gone yet       |
 * | `tombstone-withdrawn` | tombstone, why: what it names stays                                  |
 * | `receipt`             | tombstone, bytes: what it names is gone                              |
 * | `retention-stuck`     | tombstone, since: witnesses have not signed it in time               |
 * | `disk-low`            | freeBytes, totalBytes, bytesPerDay, daysLeft                         |
 *
 * A tombstone is signed with the tree, and by witnesses, before bytes are deleted. `tombstone` in
 * the others is its ledger index.
 *
 * @module
 */
import * as v from "valibot";

const Whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const Text = v.string();

const HoldNote = v.object({
  note: v.literal("hold"),
  name: Text,
  /** `*`: all. */
  table: Text,
  /** ms since the Unix epoch; null: without end. */
  from: v.nullable(v.number()),
  to: v.nullable(v.number()),
  /** Agent id in hex; null: all. */
  agent: v.nullable(Text),
  reason: Text,
  by: Text,
});
export type HoldNote = Readonly<v.InferOutput<typeof HoldNote>>;

const ReleaseNote = v.object({
  note: v.literal("hold-release"),
  name: Text,
  reason: Text,
  by: Text,
});

const FramesTombstone = v.object({
  note: v.literal("tombstone"),
  what: v.literal("frames"),
  table: Text,
  /** Ledger index of the first frame, then the distance of each from the one before. */
  frames: v.array(Whole),
  /** SHA-256 over the hashes of their leaves, in their order, hex. */
  leaves: Text,
  rows: Whole,
  bytes: Whole,
  /** Days of the policy, and what was received before then is due. */
  days: Whole,
  before: Text,
  by: Text,
});
const FileTombstone = v.object({
  note: v.literal("tombstone"),
  what: v.literal("file"),
  table: Text,
  /** In the store. */
  path: Text,
  /** SHA-256 of the file, hex. */
  hash: Text,
  rows: Whole,
  bytes: Whole,
  days: Whole,
  before: Text,
  by: Text,
});
/** What is to be deleted. */
export type TombstoneNote = Readonly<
  v.InferOutput<typeof FramesTombstone> | v.InferOutput<typeof FileTombstone>
>;

const WithdrawnNote = v.object({
  note: v.literal("tombstone-withdrawn"),
  tombstone: Whole,
  why: Text,
});

const ReceiptNote = v.object({
  note: v.literal("receipt"),
  tombstone: Whole,
  /** By how much the disk was relieved. */
  bytes: v.pipe(v.number(), v.integer()),
});

const StuckNote = v.object({
  note: v.literal("retention-stuck"),
  tombstone: Whole,
  since: Text,
});

const DiskNote = v.object({
  note: v.literal("disk-low"),
  freeBytes: Whole,
  totalBytes: v.nullable(Whole),
  bytesPerDay: v.nullable(v.number()),
  daysLeft: v.nullable(v.number()),
});

/** The disk fills up. */
export type DiskNote = Readonly<v.InferOutput<typeof DiskNote>>;

const RetentionNote = v.variant("note", [
  HoldNote,
  ReleaseNote,
  v.variant("what", [FramesTombstone, FileTombstone]),
  WithdrawnNote,
  ReceiptNote,
  StuckNote,
  DiskNote,
]);
export type RetentionNote = Readonly<v.InferOutput<typeof RetentionNote>>;

/** What each of them begins with, so that others need not be read. */
const BEGINNINGS =
  /^\{"note":"(?:hold|hold-release|tombstone|tombstone-withdrawn|receipt|retention-stuck|disk-low)"/;

/** Reads the payload of a `note` entry; undefined if it is about something else. */
export function readRetentionNote(payload: Uint8Array): RetentionNote | undefined {
  const start = new TextDecoder().decode(payload.subarray(0, 48));
  if (!BEGINNINGS.test(start)) return undefined;
  try {
    const result = v.safeParse(RetentionNote, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** Ledger indexes of a tombstone of frames, ascending. */
export function framesOf({ frames }: { readonly frames: readonly number[] }): readonly number[] {
  let at = 0;
  return frames.map((distance) => at += distance);
}

/** The same, as the note has them. */
export function distancesOf(indexes: readonly number[]): number[] {
  return indexes.map((index, i) => index - (indexes[i - 1] ?? 0));
}
