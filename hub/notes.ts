/**
 * What people do at the hub, written into its ledger before it takes effect.
 *
 * | note          | payload: JSON with                                    |
 * | ------------- | ----------------------------------------------------- |
 * | `look`        | who, what (the query), rows, why                      |
 * | `query`     | who asked what in KQL, and what came of it: `query/query_note.ts` |
 * | `function`    | who changed which function of KQL: `query/functions/function_note.ts` |
 * | `alert-state` | id, state, by, reason                                 |
 * | `alert-verdict` | id, verdict, by, reason                            |
 * | `enrol-token` | by, expiresAt                                         |
 * | `operators`   | operators: name and publicKey of each, from now on    |
 * | `rollback`    | statement: the signed note; signers: their names      |
 * | `box-key`     | agent, key: what key packages for it are sealed to    |
 * | `token-key-epochs` | agent, serial, holder, epochs of a key package   |
 * | `token-lookup` | by, tokens, why: the key holder made them of a value |
 * | `reveal-request` | grant, by, tokens, why, seconds: somebody asks for values |
 * | `reveal-approve` | grant, by, why: somebody else lets them               |
 * | `rule-shed`   | rule, why: it is left out from here on                |
 * | `store-file`  | table, path, rows, hash, first, last: a sealed cold file |
 * | `hold`, `tombstone`, `receipt`, … | `retention/retention_note.ts`        |
 * | `reveal-handout` | grant, by, tokens, boxes: how many left the hub       |
 *
 * @module
 */
import * as v from "valibot";
import type { StateChange, VerdictChange } from "./alert/alerts.ts";
import type { ShedNote } from "./detect/sigma/run/shed_note.ts";
import type { Look } from "./api/look.ts";
import type { KeyEpoch } from "../sdk/keys/key_package.ts";
import type { FunctionNote } from "./query/functions/function_note.ts";
import type { QueryNote } from "./query/query_note.ts";
import type { DiskNote } from "./retention/retention_note.ts";
import type { StoreFileNote } from "./store/seal.ts";
import { HUB_KEY_HASH } from "./ledger/entry.ts";
import type { Ledger } from "./ledger/ledger.ts";

/** One thing that somebody did. */
export type Note =
  | ({ readonly note: "look" } & Look)
  | QueryNote
  | FunctionNote
  | ({ readonly note: "alert-state" } & StateChange)
  | ({ readonly note: "alert-verdict" } & VerdictChange)
  | { readonly note: "enrol-token"; readonly by: string; readonly expiresAt: string }
  | { readonly note: "operators"; readonly operators: readonly NamedKey[] }
  | { readonly note: "box-key"; readonly agent: string; readonly key: string }
  | {
    readonly note: "token-key-epochs";
    readonly agent: string;
    readonly serial: number;
    readonly holder: string;
    readonly epochs: readonly KeyEpoch[];
  }
  | {
    readonly note: "token-lookup";
    readonly by: string;
    readonly tokens: readonly string[];
    readonly why: string;
  }
  | {
    readonly note: "reveal-request";
    readonly grant: string;
    readonly by: string;
    readonly tokens: readonly string[];
    readonly why: string;
    readonly seconds: number;
  }
  | {
    readonly note: "reveal-approve";
    readonly grant: string;
    readonly by: string;
    readonly why: string;
  }
  | {
    readonly note: "reveal-handout";
    readonly grant: string;
    readonly by: string;
    readonly tokens: readonly string[];
    readonly boxes: number;
  }
  | ShedNote
  | StoreFileNote
  | DiskNote
  | RollbackNote;

/** An operator, as the ledger names one. */
interface NamedKey {
  readonly name: string;
  /** Hex. */
  readonly publicKey: string;
}

const RollbackNote = v.object({
  note: v.literal("rollback"),
  statement: v.string(),
  signers: v.array(v.string()),
});
/** The log goes on from an older one: the first entry after a restore. */
export type RollbackNote = Readonly<v.InferOutput<typeof RollbackNote>>;

/** Reads the payload of a `note` entry; undefined if it is no roll-back. */
export function readRollbackNote(payload: Uint8Array): RollbackNote | undefined {
  try {
    const result = v.safeParse(RollbackNote, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** What somebody made of an alert, or said of it. */
export function alertNote(change: StateChange | VerdictChange): Note {
  return "verdict" in change
    ? { note: "alert-verdict", ...change }
    : { note: "alert-state", ...change };
}

/** Makes a note durable. */
export type RecordNote = (note: Note) => Promise<void>;

/** Writes notes into `ledger`; many at once share one sync. */
export function noteRecorder(ledger: Pick<Ledger, "append" | "commit">): RecordNote {
  return async (note) => {
    appendNote(ledger, note);
    await ledger.commit();
  };
}

/** Appends a note; the next commit makes it durable. */
export function appendNote(ledger: Pick<Ledger, "append">, note: Note): void {
  ledger.append("note", HUB_KEY_HASH, new TextEncoder().encode(JSON.stringify(note)));
}
