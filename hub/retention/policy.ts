/**
 * How long the hub keeps what: the section `retention` of `hub.yaml`.
 *
 * @module
 */
import * as v from "valibot";

const MOST_DAYS = 36_500;

const Days = v.pipe(
  v.number(),
  v.integer("must be whole days"),
  v.minValue(1, "must be 1 day or more"),
  v.maxValue(MOST_DAYS, `must be ${MOST_DAYS} days or less`),
);

const DEFAULT_DAYS = { frames: 90, parquet: 180 } as const;

const Kept = v.strictObject({ frames: v.optional(Days), parquet: v.optional(Days) });
type Kept = v.InferOutput<typeof Kept>;

/** A row that has its frame but no file would be in the ledger and in no table. */
function isAtLeast(kept: Kept | undefined, otherwise: KeptDays): boolean {
  return (kept?.parquet ?? otherwise.parquet) >= (kept?.frames ?? otherwise.frames);
}

const AT_LEAST = "must keep parquet as many days as frames, or more";

/** The section of the config. */
export const RetentionSection = v.pipe(
  v.strictObject({
    /** Days that a frame stays in the ledger with its events, by when the hub received it. */
    frames: v.optional(Days, DEFAULT_DAYS.frames),
    /** Days that rows stay in Parquet files, and so in tables. */
    parquet: v.optional(Days, DEFAULT_DAYS.parquet),
    /** What holds for a table in the place of the two above. */
    tables: v.optional(
      v.record(
        v.pipe(
          v.string(),
          v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "must be the name of a table"),
        ),
        Kept,
      ),
      {},
    ),
    /** Hours that witnesses have to sign a tombstone before it is an alert. */
    witness_hours: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 24),
  }),
  v.check((section) => isAtLeast({}, section), AT_LEAST),
  v.check(
    (section) => Object.values(section.tables).every((kept) => isAtLeast(kept, section)),
    `${AT_LEAST}, for each table`,
  ),
);
/** What the config says. */
export type RetentionSection = v.InferOutput<typeof RetentionSection>;

/** For how long a table's events are kept, in days. */
export interface KeptDays {
  readonly frames: number;
  readonly parquet: number;
}

/** What holds for `table`. */
export function keptDays({ frames, parquet, tables }: RetentionSection, table: string): KeptDays {
  const own = Object.hasOwn(tables, table) ? tables[table] : undefined;
  return { frames: own?.frames ?? frames, parquet: own?.parquet ?? parquet };
}
