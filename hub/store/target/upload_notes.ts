/**
 * What the target may have of this hub, kept in the control file: noted before a file is sent, until
 * it was removed there. So a crash leaves nothing there that nobody knows of.
 *
 * @module
 */
import type { Control } from "../../control.ts";

export interface UploadNotes {
  /** Notes that the target may have `path` from now on. */
  noteUpload(path: string): void;
  /**
   * Paths that the target may have and that no reader needs: of files that are gone, with `isLocal`
   * also of those that are in the store's folder.
   */
  strays(isLocal: boolean): readonly string[];
  /** Paths that were noted and not removed since. */
  uploads(): readonly string[];
  /** Notes that the target does not have `path`. */
  noteRemoved(path: string): void;
}

const TABLES = `
create table if not exists store_places (id integer primary key, place text not null) strict;
create table if not exists store_uploads (path text primary key) strict`;

/** `needed` gives paths that are listed no more, and are still read. */
export function openUploadNotes(control: Control, needed: () => Iterable<string>): UploadNotes {
  control.exec(TABLES);
  return {
    noteUpload: (path) => void control.run("insert or ignore into store_uploads values (?)", path),
    strays(isLocal) {
      const read = new Set(needed());
      const rows = control.all(
        `select path from store_uploads where path not in (
           select path from store_files left join store_places using (id)
           where place is not null or ? = 0)`,
        isLocal ? 1 : 0,
      );
      return rows.map(({ path }) => String(path)).filter((path) => !read.has(path));
    },
    uploads: () => control.all("select path from store_uploads").map(({ path }) => String(path)),
    noteRemoved: (path) => void control.run("delete from store_uploads where path = ?", path),
  };
}

/** Writes where a file is; false if it is not listed. */
export function writePlace(control: Control, id: number, place: string | undefined): boolean {
  return control.transaction(() => {
    if (control.get("select 1 from store_files where id = ?", id) === undefined) return false;
    control.run("delete from store_places where id = ?", id);
    if (place !== undefined) control.run("insert into store_places values (?, ?)", id, place);
    return true;
  });
}
