/**
 * The state of each file that is read, and the part of it that survives a restart.
 *
 * A file that is resumed in its middle needs the directives before that place. The cursor keeps
 * them for the files read last, as far as they fit; of any other the head is read again.
 *
 * @module
 */
import type { Io, TailChunk } from "../../sdk/mod.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import { type FileState, makeFileState, type PlanOf, readDirectives } from "./directives.ts";
import { COLUMN_OF_FIELD } from "./table.ts";

/** Files whose state is kept in memory. */
const MAX_FILES = 4096;
/** Most bytes of {@link SavedFiles} as JSON: with the tail's 3 KiB a cursor stays under 4 KiB. */
export const MAX_SAVED_BYTES = 900;
/** How long to wait for a file's head, which ought to be there: so often so many ms. */
const HEAD_WAITS = 50;
const HEAD_WAIT_MS = 100;

/** What a cursor keeps of the files. */
export type SavedFiles = {
  /** Distinct field lists, shortened. */
  readonly lists: readonly string[];
  /** By file: number of its list; with day and ticks where the list has no date. */
  readonly files: { readonly [id: string]: number | readonly [number, number, number] };
};

/** The files' states by {@link shortId}, in the order of their last use. */
export type Files = Map<string, FileState>;

/** Eight characters that stand for a file's id. */
export function shortId(fileId: string): string {
  const hash = sha256("custos/iis/file/v1", new TextEncoder().encode(fileId));
  return Buffer.from(hash.subarray(0, 6)).toString("base64url");
}

/** Makes `state` the one used last. */
export function touch(files: Files, id: string, state: FileState): void {
  files.delete(id);
  files.set(id, state);
  if (files.size > MAX_FILES) files.delete(files.keys().next().value!);
}

/** As much of `files` as fits, those used last first. */
export function saveFiles(files: Files): SavedFiles {
  const lists: string[] = [];
  const saved: Record<string, SavedFiles["files"][string]> = {};
  let bytes = jsonBytes({ lists, files: saved });
  for (const [id, { plan, dayMs, ticks }] of [...files].toReversed()) {
    if (plan === undefined || (plan.date < 0 && Number.isNaN(dayMs))) continue;
    const list = shortList(plan.list);
    const known = lists.indexOf(list);
    const index = known < 0 ? lists.length : known;
    const value = plan.date < 0 ? [index, dayMs, ticks] as const : index;
    bytes += jsonBytes({ [id]: value }) + (known < 0 ? jsonBytes([list]) : 0);
    if (bytes > MAX_SAVED_BYTES) break;
    if (known < 0) lists.push(list);
    saved[id] = value;
  }
  return { lists, files: saved };
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** What {@link saveFiles} kept. */
export function loadFiles({ lists, files }: SavedFiles, planOf: PlanOf): Files {
  const loaded: Files = new Map();
  for (const [id, value] of Object.entries(files).toReversed()) {
    const [index, dayMs, ticks] = typeof value === "number" ? [value, NaN, 0] : value;
    const list = lists[index];
    if (list !== undefined) loaded.set(id, { plan: planOf(longList(list)), dayMs, ticks });
  }
  return loaded;
}

const KNOWN = ["date", "time", ...COLUMN_OF_FIELD.keys()];
const FIRST_LETTER = "a".charCodeAt(0);

/** A field list with a letter for each name that IIS knows: `abcd =x-custom e`. */
export function shortList(list: string): string {
  const parts: string[] = [];
  let letters = "";
  for (const name of list.split(" ")) {
    const number = KNOWN.indexOf(name.toLowerCase());
    if (number >= 0) letters += String.fromCharCode(FIRST_LETTER + number);
    else {
      if (letters !== "") parts.push(letters);
      letters = "";
      parts.push(`=${name}`);
    }
  }
  if (letters !== "") parts.push(letters);
  return parts.join(" ");
}

/** What {@link shortList} shortened, in lower case where IIS knows the name. */
export function longList(short: string): string {
  const names = short.split(" ").flatMap((part) =>
    part.startsWith("=")
      ? [part.slice(1)]
      : part.split("").map((letter) => KNOWN[letter.charCodeAt(0) - FIRST_LETTER] ?? letter)
  );
  return names.join(" ");
}

interface HeadReader {
  readonly io: Io;
  readonly planOf: PlanOf;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Reads the directives of a file up to where `chunk` begins. */
export async function readHead(chunk: TailChunk, reader: HeadReader): Promise<FileState> {
  const state = makeFileState();
  const chunks = reader.io.tail([chunk.file], {}, { startAt: "oldest" })[Symbol.asyncIterator]();
  for (let at = 0; at < chunk.offset;) {
    const next = await inTime(chunks.next(), reader.sleep);
    if (next?.done !== false || next.value.fileId !== chunk.fileId) break;
    const { bytes, offset } = next.value;
    readDirectives(bytes.subarray(0, Math.max(0, chunk.offset - offset)), state, reader.planOf);
    at = offset + bytes.length;
  }
  void chunks.return?.();
  return state;
}

/** What `awaited` gives; undefined if it takes too long, as a file does that has been replaced. */
async function inTime<T>(
  awaited: Promise<T>,
  sleep: (ms: number) => Promise<void>,
): Promise<T | undefined> {
  for (let k = 0; k < HEAD_WAITS; k++) {
    const value = await Promise.race([awaited, sleep(HEAD_WAIT_MS).then(() => undefined)]);
    if (value !== undefined) return value;
  }
  return undefined;
}
