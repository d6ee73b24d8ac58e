/**
 * Stage 5 of 7, store: which files hold which events, and the first ledger entry not in them.
 *
 * Kept in the control file: one transaction moves `next` on and names the new files, or puts a
 * compacted file in place of those it was made from. So after a crash at any point every event is
 * in exactly one listed file or is read from the ledger again; files that are not listed are
 * leftovers.
 *
 * @module
 */
import type { ColumnType } from "../../sdk/table.ts";
import type { Control, ControlRow } from "../control.ts";
import type { StoredColumn } from "./layout.ts";
import type { Seal } from "./seal.ts";
import { openUploadNotes, type UploadNotes, writePlace } from "./target/upload_notes.ts";

/** `hot` is written by the hub itself, `cold` by a compaction. */
export type Tier = "hot" | "cold";

/** One Parquet file. Times are of the table's time column. */
export interface NewFile {
  readonly table: string;
  readonly tier: Tier;
  /** Relative to the store's folder. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Earliest event, in whole ms since the epoch, rounded down. Infinity where none has a time. */
  readonly fromMs: number;
  /** Latest event, in whole ms since the epoch, rounded down. -Infinity where none has a time. */
  readonly toMs: number;
  /** Rows without a time: a time range never leaves their file out. */
  readonly timeless: number;
  /** Of cold files, but those that an older hub made. */
  readonly seal?: Seal | undefined;
  /** When the hub received its newest row, ms since the epoch; absent in files of an older hub. */
  readonly receivedMs?: number | undefined;
}

export interface StoredFile extends NewFile {
  /** Ascending with age: a later file has a greater id. */
  readonly id: number;
  /** The cold target that has it; undefined where the store's folder alone does. */
  readonly place?: string | undefined;
}

/** What is stored at one moment; never changes. */
export interface Snapshot {
  /** First ledger index that no file holds. */
  readonly next: number;
  /** By table. */
  readonly files: ReadonlyMap<string, readonly StoredFile[]>;
  /** By table, in the order of first appearance. */
  readonly columns: ReadonlyMap<string, readonly StoredColumn[]>;
}

/** A snapshot whose files stay on disk until it is disposed. */
export interface PinnedSnapshot extends Snapshot, Disposable {}

/** What one flush adds. */
export interface Addition {
  readonly next: number;
  readonly files: readonly NewFile[];
  readonly columns: ReadonlyMap<string, readonly StoredColumn[]>;
}

export interface Manifest extends UploadNotes {
  readonly snapshot: Snapshot;
  pin(): PinnedSnapshot;
  /** Adds files and moves `next` on, durably and at once. */
  add(addition: Addition): void;
  /** Puts `files` in the place of those with the ids `removed`, durably and at once. */
  replace(removed: readonly number[], files: readonly NewFile[]): void;
  /** A number that was never given before, to a hub that was killed neither. */
  fresh(): number;
  /** Paths that neither the manifest nor a pinned snapshot names any more; each is given once. */
  released(): readonly string[];
  /** Says where a file is, undefined for the store's folder; false if it is not listed any more. */
  setPlace(id: number, place: string | undefined): boolean;
}

/** Why a change of the manifest was refused. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly code: "order" | "missing";

  constructor(code: ManifestError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const TABLES = `
create table if not exists store_state (name text primary key, value integer not null) strict;
create table if not exists store_columns (
  table_name text not null, position integer not null, name text not null, type text not null,
  primary key (table_name, position)) strict;
create table if not exists store_files (
  id integer primary key autoincrement, table_name text not null, tier text not null,
  path text not null unique, rows integer not null, bytes integer not null,
  from_ms integer, to_ms integer, timeless integer not null) strict;
create table if not exists store_received (id integer primary key, ms integer not null) strict;
create table if not exists store_seals (
  id integer primary key, hash text not null, first integer not null, last integer not null) strict`;

/** Opens the manifest in `control`. */
export function openManifest(control: Control): Manifest {
  control.exec(TABLES);
  const notes = openUploadNotes(control, () => unlisted.map(({ path }) => path));
  let snapshot = readSnapshot(control);
  let generation = 0;
  const pins = openPins();
  let unlisted: { readonly path: string; readonly since: number }[] = [];

  return {
    ...notes,
    get snapshot() {
      return snapshot;
    },
    pin: () => ({ ...snapshot, ...pins.add(generation) }),
    add({ next, files, columns }) {
      if (next < snapshot.next) {
        throw new ManifestError("order", `Cannot add files: next is ${next}, was ${snapshot.next}`);
      }
      const added = control.transaction(() => {
        for (const [table, list] of columns) writeColumns(control, table, list);
        control.run("insert or replace into store_state values ('next', ?)", next);
        return files.map((file) => insertFile(control, file));
      });
      snapshot = {
        next,
        files: changed(snapshot.files, [], added),
        columns: new Map([...snapshot.columns, ...columns]),
      };
    },
    replace(removed, files) {
      const [paths, added] = control.transaction(() => [
        removed.map((id) => removeFile(control, id)),
        files.map((file) => insertFile(control, file)),
      ]);
      snapshot = { ...snapshot, files: changed(snapshot.files, removed, added) };
      generation++;
      unlisted.push(...paths.map((path) => ({ path, since: generation })));
    },
    fresh: () => freshNumber(control),
    released() {
      const oldest = pins.oldest();
      const free = unlisted.filter(({ since }) => since <= oldest);
      unlisted = unlisted.filter(({ since }) => since > oldest);
      return free.map(({ path }) => path);
    },
    setPlace(id, place) {
      const isListed = writePlace(control, id, place);
      if (isListed) snapshot = { ...snapshot, files: placed(snapshot.files, id, place) };
      return isListed;
    },
  };
}

function freshNumber(control: Control): number {
  const row = control.get(
    `insert into store_state values ('fresh', 1)
     on conflict (name) do update set value = value + 1 returning value`,
  );
  return Number(row?.["value"]);
}

/** Which generations of the manifest somebody reads. */
function openPins() {
  const pins = new Map<number, number>();
  return {
    oldest: () => Math.min(...pins.keys()),
    add(pinned: number): Disposable {
      pins.set(pinned, (pins.get(pinned) ?? 0) + 1);
      let isOpen = true;
      return {
        [Symbol.dispose]() {
          if (!isOpen) return;
          isOpen = false;
          const left = pins.get(pinned)! - 1;
          if (left === 0) pins.delete(pinned);
          else pins.set(pinned, left);
        },
      };
    },
  };
}

/** The file lists with the place of one file changed. */
function placed(
  files: Snapshot["files"],
  id: number,
  place: string | undefined,
): Snapshot["files"] {
  const result = new Map(files);
  for (const [table, list] of files) {
    if (!list.some((file) => file.id === id)) continue;
    result.set(table, list.map((file) => file.id === id ? { ...file, place } : file));
  }
  return result;
}

/** The file lists after a change; lists of tables that it does not touch are shared. */
function changed(
  files: Snapshot["files"],
  removed: readonly number[],
  added: readonly StoredFile[],
): Snapshot["files"] {
  const gone = new Set(removed);
  const result = new Map(files);
  for (const [table, list] of files) {
    if (list.some(({ id }) => gone.has(id))) {
      result.set(table, list.filter(({ id }) => !gone.has(id)));
    }
  }
  for (const file of added) result.set(file.table, [...result.get(file.table) ?? [], file]);
  return result;
}

function insertFile(control: Control, file: NewFile): StoredFile {
  const row = control.get(
    `insert into store_files (table_name, tier, path, rows, bytes, from_ms, to_ms, timeless)
     values (?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    file.table,
    file.tier,
    file.path,
    file.rows,
    file.bytes,
    Number.isFinite(file.fromMs) ? file.fromMs : null,
    Number.isFinite(file.toMs) ? file.toMs : null,
    file.timeless,
  );
  const id = Number(row?.["id"]);
  const { seal, receivedMs } = file;
  if (receivedMs !== undefined) {
    control.run("insert into store_received values (?, ?)", id, receivedMs);
  }
  if (seal !== undefined) {
    const { hash, first, last } = seal;
    control.run("insert into store_seals values (?, ?, ?, ?)", id, hash, first, last);
  }
  return { ...file, id };
}

function removeFile(control: Control, id: number): string {
  const row = control.get("delete from store_files where id = ? returning path", id);
  if (row === undefined) {
    throw new ManifestError("missing", `Cannot replace files: there is no file ${id}`);
  }
  control.run("delete from store_seals where id = ?", id);
  control.run("delete from store_places where id = ?", id);
  control.run("delete from store_received where id = ?", id);
  return String(row["path"]);
}

function writeColumns(control: Control, table: string, columns: readonly StoredColumn[]): void {
  for (const [position, { name, type }] of columns.entries()) {
    control.run(
      "insert or replace into store_columns values (?, ?, ?, ?)",
      table,
      position,
      name,
      type,
    );
  }
}

/** What is stored, of a file that nobody writes to; nothing where no hub has stored anything. */
export function lookAtManifest(control: Control): Snapshot {
  const found = control.all("select name from sqlite_schema where name like 'store@_%' escape '@'");
  const names = new Set(found.map(({ name }) => name));
  if (!names.has("store_seals")) return { next: 0, files: new Map(), columns: new Map() };
  if (!names.has("store_places")) {
    // Of an older hub; beside the file, which is not written to.
    control.exec(
      "create temp table if not exists store_places (id integer primary key, place text)",
    );
  }
  if (!names.has("store_received")) {
    control.exec(
      "create temp table if not exists store_received (id integer primary key, ms integer)",
    );
  }
  return readSnapshot(control);
}

function readSnapshot(control: Control): Snapshot {
  const next = control.get("select value from store_state where name = 'next'")?.["value"];
  const files = grouped(
    control.all(
      "select * from store_files left join store_seals using (id) left join store_places using (id) " +
        "left join store_received using (id) order by id",
    ),
    fileOf,
  );
  const columns = grouped(
    control.all("select * from store_columns order by table_name, position"),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only writeColumns() writes it
    (row) => ({ name: String(row["name"]), type: String(row["type"]) as ColumnType }),
  );
  return { next: Number(next ?? 0), files, columns };
}

function grouped<T>(rows: readonly ControlRow[], of: (row: ControlRow) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const table = String(row["table_name"]);
    const group = groups.get(table);
    if (group === undefined) groups.set(table, [of(row)]);
    else group.push(of(row));
  }
  return groups;
}

function fileOf(row: ControlRow): StoredFile {
  return {
    id: Number(row["id"]),
    table: String(row["table_name"]),
    tier: row["tier"] === "cold" ? "cold" : "hot",
    path: String(row["path"]),
    rows: Number(row["rows"]),
    bytes: Number(row["bytes"]),
    fromMs: row["from_ms"] === null ? Infinity : Number(row["from_ms"]),
    toMs: row["to_ms"] === null ? -Infinity : Number(row["to_ms"]),
    timeless: Number(row["timeless"]),
    ...(row["ms"] !== null && { receivedMs: Number(row["ms"]) }),
    ...(row["hash"] !== null && {
      seal: { hash: String(row["hash"]), first: Number(row["first"]), last: Number(row["last"]) },
    }),
    ...(row["place"] !== null && { place: String(row["place"]) }),
  };
}
