/**
 * The matches that correlations of a hunt rest on, on disk, so that they can be taken by time.
 *
 * Files are read one after the other, but what happened on several hosts lies in several files.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openControl } from "../control.ts";

/** One match of one rule. */
export interface StoredMatch<M> {
  /** Event time in ms since the Unix epoch, and what is below a ms in ticks of 100 ns. */
  readonly ms: number;
  readonly ticks: number;
  readonly rule: string;
  /** Texts of the fields that correlations ask for. */
  readonly values: Readonly<Record<string, string>>;
  /** What is shown of it; plain JSON. */
  readonly member: M;
}

/** Disposing of it removes it. */
export interface MatchStore<M> extends AsyncDisposable {
  add(matches: readonly StoredMatch<M>[]): void;
  /** All by event time; those of one time in the order in which they were added. */
  byTime(): Iterable<StoredMatch<M> & { readonly id: number }>;
  member(id: number): M;
}

/** Matches that are held in memory at once. */
const PAGE = 1_000;

/** Opens an empty one in a folder of its own for temporary files. */
export function openMatchStore<M>(): MatchStore<M> {
  const folder = mkdtempSync(join(tmpdir(), "custos-hunt-"));
  const database = openControl(join(folder, "matches"));
  // It is for this process alone: what a crash leaves is of no use.
  database.exec("pragma synchronous = off");
  database.exec(
    `create table match (id integer primary key, ms real, ticks integer, rule text, vals text, member text)`,
  );
  database.exec("create index by_time on match (ms, ticks, id)");
  const insert = "insert into match (ms, ticks, rule, vals, member) values (?, ?, ?, ?, ?)";
  const next = `select id, ms, ticks, rule, vals from match where (ms, ticks, id) > (?, ?, ?)
    order by ms, ticks, id limit ${PAGE}`;
  const member = (id: number): M =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only add() writes it
    JSON.parse(String(database.get("select member from match where id = ?", id)?.["member"])) as M;
  return {
    add(matches) {
      database.transaction(() => {
        for (const { ms, ticks, rule, values, member } of matches) {
          database.run(insert, ms, ticks, rule, JSON.stringify(values), JSON.stringify(member));
        }
      });
    },
    *byTime() {
      let last: readonly [number, number, number] = [-Infinity, 0, 0];
      for (;;) {
        const rows = database.all(next, ...last);
        for (const row of rows) {
          const [id, ms, ticks] = [Number(row["id"]), Number(row["ms"]), Number(row["ticks"])];
          last = [ms, ticks, id];
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only add() writes it
          const values = JSON.parse(String(row["vals"])) as Readonly<Record<string, string>>;
          yield {
            id,
            ms,
            ticks,
            rule: String(row["rule"]),
            values,
            get member() {
              return member(id);
            },
          };
        }
        if (rows.length < PAGE) return;
      }
    },
    member,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
