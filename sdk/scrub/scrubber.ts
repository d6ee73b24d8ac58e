/**
 * Scrubs column batches: each column is treated as its class and the policy demand.
 *
 * A dictionary column is tokenised per distinct value, never per row. A column that its table does
 * not declare is dropped and counted: nothing reaches a frame that nobody has classed.
 *
 * @module
 */
import type { Column, ColumnBatch } from "../columns/column.ts";
import type { ColumnSpec, DataClass, Schema } from "../table.ts";
import { unpackJson } from "../wire/msgpack.ts";
import { toAddresses } from "./address_tokens.ts";
import { Identities, type IdentitySource, type Spend } from "./identities.ts";
import type { Watched } from "./finds.ts";
import { openFreeText } from "./free_text.ts";
import { addressJudge, type Judge, tokenJudge } from "./judge.ts";
import { type LeafTreatments, leafTreatments, leavesIn } from "./leaves.ts";
import { leavesOf, scanColumn, type TextScrubber, textScrubber } from "./scan_column.ts";
import { type Policy, policyHash, type Treatment, treatmentOf } from "./policy.ts";
import type { TokenKey } from "./token.ts";
import { asDictionary, toTokens } from "./token_column.ts";
import { isMachineAccount, isWellKnown } from "./well_known.ts";
import { eventWork } from "./work.ts";

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
   * @throws {FreeTextError} If a text cannot be judged, or an event would cost too much.
   */
  scrub(batch: ColumnBatch, schema: Schema): readonly [ColumnBatch, ScrubCounts];
}

/** Tokens of this kind are told to nobody: what they stand for must never be opened. */
const SECRET = "secret";

/** Makes a scrubber. */
export function openScrubber(
  options: {
    readonly policy: Policy;
    readonly key: TokenKey;
    /** Told of each text in which something was replaced; of the same one once. */
    readonly watch?: (watched: Watched) => void;
  },
): Scrubber {
  const { policy, key, watch } = options;
  const judges = new Map<string, Judge>();
  const judgeOf = (kind: string, isAddress: boolean): Judge => {
    const id = `${isAddress ? "address" : "token"} ${kind}`;
    let judge = judges.get(id);
    if (judge === undefined) {
      const { epoch, bytes } = key;
      if (isAddress) judge = addressJudge(key, kind);
      else if (kind === SECRET) judge = tokenJudge({ epoch, bytes }, kind);
      else judge = tokenJudge(key, kind, kind === "user" ? staysReadable : undefined);
      judges.set(id, judge);
    }
    return judge;
  };
  const staysReadable = readableBy(policy);
  const texts = textScrubber(openFreeText(key, watch));
  return {
    policyHash: policyHash(policy, key.epoch),
    scrub(batch, schema) {
      const columns: Column[] = [];
      let tokenised = 0;
      let dropped = 0;
      const spend = eventWork(batch.rows);
      const identities = identitiesOf(batch, schema, { judgeOf, spend });
      for (const column of batch.columns) {
        const spec = schema.columns[column.name];
        const treatment = spec === undefined
          ? "drop"
          : treatmentOf(policy, { table: schema.name, name: column.name }, spec);
        const treated = spec === undefined
          ? undefined
          : treat(column, spec, { treatment, judgeOf, texts, identities, spend });
        if (treated === undefined) dropped += batch.rows;
        else {
          tokenised += treated.tokenised;
          columns.push(treated.column);
        }
      }
      return [{ ...batch, columns }, { tokenised, dropped }];
    },
  };
}

/** Which names of accounts stay. */
function readableBy({ machineAccounts }: Policy): (value: Uint8Array) => boolean {
  if (machineAccounts !== "keep") return isWellKnown;
  return (value) => isWellKnown(value) || isMachineAccount(value);
}

type JudgeOf = (kind: string, isAddress: boolean) => Judge;

/** Classes of which a value is replaced wherever it stands in its event. */
const CARRIED: ReadonlySet<DataClass> = new Set(["personal", "customer", "network", "secret"]);

function identitiesOf(
  batch: ColumnBatch,
  schema: Schema,
  { judgeOf, spend }: { readonly judgeOf: JudgeOf; readonly spend: Spend },
): Identities | undefined {
  const sources: IdentitySource[] = [];
  for (const column of batch.columns) {
    const spec = schema.columns[column.name];
    if (spec === undefined || !hasValues(column)) continue;
    const leaves = leafTreatments(spec, judgeOf);
    if (leaves !== undefined) sources.push({ ...asDictionary(column), ...leafIdentities(leaves) });
    if (!CARRIED.has(spec.class)) continue;
    const judge = judgeFor(spec, judgeOf);
    const isDynamic = column.form === "text" && column.type === "dynamic";
    sources.push({
      ...asDictionary(column),
      valuesIn: isDynamic ? (entry) => leavesOf(unpackJson(entry)) : undefined,
      tokenOf: (value) => judge.tokenText(value),
    });
  }
  return sources.length === 0 ? undefined : new Identities(sources, spend);
}

/** Members of dynamic values that are somebody's or some address, each by its own kind of token. */
function leafIdentities(leaves: LeafTreatments): Pick<IdentitySource, "valuesIn" | "tokenOf"> {
  const judges = new Map<string, Judge>();
  return {
    valuesIn: (entry) => {
      const values: Uint8Array[] = [];
      for (const [leaf, member] of leavesIn(unpackJson(entry), leaves)) {
        if (!CARRIED.has(leaf.class)) continue;
        for (const value of leavesOf(member)) {
          judges.set(textOf(value), leaf.judge);
          values.push(value);
        }
      }
      return values;
    },
    tokenOf: (name, value) => judges.get(textOf(value))?.tokenText(name) ?? "",
  };
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString("latin1");
}

function hasValues({ form }: Column): boolean {
  return form === "dict" || form === "text" || form === "number" || form === "wide";
}

function judgeFor(spec: ColumnSpec, judgeOf: JudgeOf): Judge {
  const kind = spec.kind === "" ? (spec.class === "secret" ? SECRET : "value") : spec.kind;
  return judgeOf(kind, spec.class === "network" && kind === "ip");
}

interface Treated {
  readonly column: Column;
  /** Rows of which something was replaced. */
  readonly tokenised: number;
}

/** The treated column; undefined where nothing of it may stay. */
function treat(
  column: Column,
  spec: ColumnSpec,
  { treatment, judgeOf, texts, identities, spend }: {
    readonly treatment: Treatment;
    readonly judgeOf: JudgeOf;
    readonly texts: TextScrubber;
    readonly identities: Identities | undefined;
    readonly spend: Spend;
  },
): Treated | undefined {
  switch (treatment) {
    case "keep":
    case "scan":
      return scanColumn(column, {
        texts,
        detect: treatment === "scan",
        identities,
        spend,
        leaves: leafTreatments(spec, judgeOf),
      });
    case "drop":
      return undefined;
    case "token": {
      const judge = judgeFor(spec, judgeOf);
      const replaced = spec.class === "network" && judge.kind === "ip"
        ? toAddresses(column, judge)
        : toTokens(column, judge);
      return { column: replaced, tokenised: replaced.indexes.length };
    }
  }
}
