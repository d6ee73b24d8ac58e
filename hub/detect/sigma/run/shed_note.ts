/**
 * The note by which the hub leaves out a rule from a place of the ledger on.
 *
 * @module
 */
import * as v from "valibot";

const ShedNote = v.object({
  note: v.literal("rule-shed"),
  /** Id of the rule. */
  rule: v.string(),
  why: v.string(),
});
export type ShedNote = Readonly<v.InferOutput<typeof ShedNote>>;

/** Reads the payload of a `note` entry; undefined if it is no such note. */
export function readShedNote(payload: Uint8Array): ShedNote | undefined {
  try {
    const result = v.safeParse(ShedNote, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

export interface SheddingOptions {
  readonly log: {
    warning(message: string, facts: Record<string, string>): void;
    error(message: string, facts: Record<string, string>): void;
  };
  /** Makes a note durable. */
  readonly record: (note: ShedNote) => Promise<void>;
}

/** Notes that a rule is to be left out, and why; the detector obeys when it comes to the note. */
export function shedding({ log, record }: SheddingOptions): (rule: string, why: string) => void {
  return (rule, why) => {
    log.warning("A rule is left out", { rule, why });
    record({ note: "rule-shed", rule, why }).catch((error: unknown) =>
      // It goes on to be slow, and is told of again.
      log.error("Cannot leave out a rule", { rule, why: String(error) })
    );
  };
}
