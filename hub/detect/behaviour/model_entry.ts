/**
 * Models as ledger entries: from the entry on that brings a model, its rule judges by it.
 *
 * An entry of kind `rule` whose payload is JSON: {@link ModelEntry}. The hub has checked hash and
 * signature before it writes one.
 *
 * @module
 */
import * as v from "valibot";

const ModelEntry = v.object({
  model: v.object({
    /** Id of its rule. */
    rule: v.string(),
    /** As it was signed. */
    text: v.string(),
    hash: v.string(),
    signature: v.string(),
    /** Who wanted it, and why. */
    by: v.string(),
    why: v.string(),
  }),
});
export type ModelEntry = Readonly<v.InferOutput<typeof ModelEntry>>;

const HEAD = Buffer.from('{"model":');

/** The payload of an entry. */
export function modelEntry(entry: ModelEntry): Uint8Array {
  return Buffer.from(JSON.stringify(entry));
}

/** Reads the payload of a `rule` entry; undefined if it brings no model. */
export function readModelEntry(payload: Uint8Array): ModelEntry["model"] | undefined {
  const head = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    .subarray(0, HEAD.length);
  if (!head.equals(HEAD)) return undefined;
  try {
    const result = v.safeParse(ModelEntry, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output.model : undefined;
  } catch {
    return undefined;
  }
}
