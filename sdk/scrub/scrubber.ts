/**
 * Scrubs column batches: each column is treated as its class and the policy demand.
 *
 * A dictionary column is tokenised per distinct value, never per row. A column that its table does
 * not declare is dropped and counted: nothing reaches a frame that nobody has classed.
 *
 * @module
 */
import type { Column, ColumnBatch } from "../columns/column.ts";
import type { ColumnSpec, Schema } from "../table.ts";
import { toAddresses } from "./address_tokens.ts";
import { addressJudge, type Judge, tokenJudge } from "./judge.ts";
import { type Policy, policyHash, type Treatment, treatmentOf } from "./policy.ts";
import type { TokenKey } from "./token.ts";
import { toTokens } from "./token_column.ts";

/** What scrubbing one batch has done: shown by `custos status`. */
export interface ScrubCounts {
  /** Values replaced by tokens. */
  readonly tokenised: number;
  /** Values dropped: secret, or of a column that is not declared. */
  readonly dropped: number;
}

export interface Scrubber {
  /** Stands in every frame's header. 32 bytes. */
  readonly policyHash: Uint8Array;
  /**
   * Gives `batch` with every column treated; columns that are kept are the same objects.
   *
   * @throws {TypeError} If a column is of a form that its declaration does not allow.
   */
  scrub(batch: ColumnBatch, schema: Schema): readonly [ColumnBatch, ScrubCounts];
}

/** Makes a scrubber. */
export function openScrubber(
  options: { readonly policy: Policy; readonly key: TokenKey },
): Scrubber {
  const { policy, key } = options;
  const judges = new Map<string, Judge>();
  const judgeOf = (kind: string, isAddress: boolean): Judge => {
    const id = `${isAddress ? "address" : "token"} ${kind}`;
    let judge = judges.get(id);
    if (judge === undefined) {
      judge = isAddress ? addressJudge(key, kind) : tokenJudge(key, kind);
      judges.set(id, judge);
    }
    return judge;
  };
  return {
    policyHash: policyHash(policy, key.epoch),
    scrub(batch, schema) {
      const columns: Column[] = [];
      let tokenised = 0;
      let dropped = 0;
      for (const column of batch.columns) {
        const spec = schema.columns[column.name];
        const treatment = spec === undefined
          ? "drop"
          : treatmentOf(policy, { table: schema.name, name: column.name }, spec);
        const treated = spec === undefined
          ? undefined
          : treat(column, spec, { treatment, judgeOf });
        if (treated === undefined) dropped += batch.rows;
        else {
          if (treated !== column) tokenised += batch.rows;
          columns.push(treated);
        }
      }
      return [{ ...batch, columns }, { tokenised, dropped }];
    },
  };
}

/** The treated column; undefined where nothing of it may stay. */
function treat(
  column: Column,
  spec: ColumnSpec,
  { treatment, judgeOf }: {
    readonly treatment: Treatment;
    readonly judgeOf: (kind: string, isAddress: boolean) => Judge;
  },
): Column | undefined {
  switch (treatment) {
    case "keep":
    case "scan":
      return column;
    case "drop":
      return undefined;
    case "token": {
      const kind = spec.kind === "" ? "value" : spec.kind;
      return spec.class === "network" && kind === "ip"
        ? toAddresses(column, judgeOf(kind, true))
        : toTokens(column, judgeOf(kind, false));
    }
  }
}
