/**
 * Where the hub listens, kept in its control file for the commands that run beside it.
 *
 * @module
 */
import type { Control } from "./control.ts";

/** The control file's name in the data folder. */
export const CONTROL_FILE = "control.sqlite";

/** The hub's addresses. */
export interface Listening {
  /** URL of the page. */
  readonly page: string;
  /** URL of the agents' link. */
  readonly link: string;
}

/** Keeps `listening`. */
export function saveListening(control: Control, { page, link }: Listening): void {
  create(control);
  control.run("insert or replace into listening (one, page, link) values (1, ?, ?)", page, link);
}

/** What was kept last. */
export function lastListening(control: Control): Listening | undefined {
  create(control);
  const row = control.get("select page, link from listening");
  return row && { page: String(row.page), link: String(row.link) };
}

function create(control: Control): void {
  control.exec(`create table if not exists listening (
    one integer primary key check (one = 1), page text not null, link text not null
  ) strict`);
}
