/**
 * What retention would delete now, by table.
 *
 * @module
 */
import type { RetentionPlan } from "../../sdk/api/retention.ts";
import type { TombstoneNote } from "./retention_note.ts";

type DueOfTable = RetentionPlan["tables"][number];

/** Sums up tombstones that nobody has written. */
export function planOf(found: readonly TombstoneNote[]): DueOfTable[] {
  const tables = new Map<string, DueOfTable>();
  for (const note of found) {
    const { table } = note;
    tables.set(table, added(tables.get(table) ?? nothingOf(note), note));
  }
  return [...tables.values()].toSorted((a, b) => a.table < b.table ? -1 : 1);
}

function nothingOf({ table }: TombstoneNote): DueOfTable {
  const frames = { frames: 0, frameRows: 0, frameBytes: 0, framesBefore: null };
  return { table, ...frames, files: 0, fileRows: 0, fileBytes: 0, filesBefore: null };
}

function added(sum: DueOfTable, note: TombstoneNote): DueOfTable {
  const { rows, bytes, before } = note;
  if (note.what === "file") {
    return {
      ...sum,
      files: sum.files + 1,
      fileRows: sum.fileRows + rows,
      fileBytes: sum.fileBytes + bytes,
      filesBefore: before,
    };
  }
  return {
    ...sum,
    frames: sum.frames + note.frames.length,
    frameRows: sum.frameRows + rows,
    frameBytes: sum.frameBytes + bytes,
    framesBefore: before,
  };
}
