/**
 * Verifies a bundle: pure, the same in the agent's binary and in the page. Row, frame, signature,
 * chain, leaf, checkpoint, witness: the first link that does not hold is named.
 *
 * Hostile bytes get a verdict, never an exception; what is held in memory is bounded.
 *
 * @module
 */
import { BundleError, type BundleRecord, type DeletedEntry, type ProvenEntry } from "./bundle.ts";
import { bundleReader } from "./bundle_reader.ts";
import { parseHeaderAlone } from "../wire/header.ts";
import { hexOf } from "./hex.ts";
import type { Provider } from "./provider.ts";
import type { Broken, Verdict } from "./verdict.ts";
import { type CheckedHead, openHeadCheck, type Trust } from "./verify_head.ts";
import { type FrameCheck, openFrameCheck } from "./verify_frame.ts";
import { type Deletions, openDeletions } from "./verify_deleted.ts";
import { holdsHash, holdsLeaf } from "./verify_leaf.ts";
import type { Note } from "./verify_note.ts";
import { openStoredCheck, type StoredCheck } from "./verify_stored.ts";

/** Takes a bundle as it comes and then gives the verdict. */
export interface Verifier {
  /** The next bytes. False once a link is known to be broken: no more are needed. */
  take(bytes: Uint8Array): boolean;
  end(): Verdict;
}

/** Opens a verifier for one bundle. */
export function openVerifier(provider: Provider, trust: Trust): Verifier {
  const reader = bundleReader(provider.sha256);
  const head = openHeadCheck(provider, trust);
  const frames = openFrameCheck(provider, trust.agents);
  const stored = openStoredCheck(provider);
  let broken: Broken | undefined;
  const deletions = openDeletions();
  const judges = openJudges(provider.sha256, { frames, stored, deletions });
  const take = (record: BundleRecord): void => {
    if (record.kind === "checkpoint") head.note(record.note);
    else if (record.kind === "key") head.key(record);
    else if (record.kind === "row") broken ??= frames.takeRow(record);
    else if (record.kind === "file" || record.kind === "stored") broken ??= stored.judge(record);
    else if (record.kind === "deleted") broken ??= judges.deleted(record, head.checked());
    else broken ??= record.kind === "entry" ? judges.entry(record, head.checked()) : undefined;
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      broken ??= { link: "bundle", code: error.code, why: error.message };
    }
  };
  return {
    take(bytes) {
      guarded(() => {
        for (const record of reader.push(bytes)) {
          take(record);
          if (broken !== undefined) return;
        }
      });
      return broken === undefined;
    },
    end() {
      if (broken === undefined) guarded(() => reader.end());
      broken ??= deletions.end();
      const checked = head.checked();
      const first = broken ?? checked.broken;
      return {
        ...(first && { broken: first }),
        ...(checked.note && logOf(checked.note)),
        entries: judges.entries,
        streams: frames.spans(),
        rows: frames.rows(),
        stored: stored.rows(),
        ...(deletions.seen().length > 0 && { deletions: deletions.seen() }),
        witnesses: checked.witnesses,
        faith: [...checked.faith, ...frames.faith(), ...stored.faith(), ...deletions.faith()],
      };
    },
  };
}

/** Judges entries, whole ones and those whose bytes were deleted. */
function openJudges(sha256: Provider["sha256"], { frames, stored, deletions }: {
  readonly frames: FrameCheck;
  readonly stored: Pick<StoredCheck, "take">;
  readonly deletions: Deletions;
}) {
  let entries = 0;
  return {
    get entries() {
      return entries;
    },
    entry(entry: ProvenEntry, checked: CheckedHead): Broken | undefined {
      entries++;
      stored.take(entry);
      const fault = frames.take(entry) ?? deletions.take(entry);
      if (fault !== undefined) return fault;
      // Without a checkpoint that is the hub's there is no tree to be in.
      if (checked.broken !== undefined || holdsLeaf(entry, checked.note, sha256)) return undefined;
      return { ...noSuchLeaf(entry.index), ...frames.placeOf(entry) };
    },
    deleted(frame: DeletedEntry, checked: CheckedHead): Broken | undefined {
      entries++;
      const fault = frames.takeHeader(frame.index, frame.header);
      if (fault !== undefined) return fault;
      deletions.add({ ...frame, rows: parseHeaderAlone(frame.header).rows });
      if (checked.broken !== undefined || holdsHash(frame, checked.note, sha256)) return undefined;
      return noSuchLeaf(frame.index);
    },
  };
}

function noSuchLeaf(index: number): Broken {
  const why = "the tree of the checkpoint has another entry in this place, or none";
  return { link: "leaf", code: "inclusion", why, index };
}

function logOf({ origin, size, root }: Note): Pick<Verdict, "log"> {
  return { log: { origin, size, root: hexOf(root) } };
}
