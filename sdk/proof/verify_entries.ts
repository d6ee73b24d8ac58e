/**
 * The JSON of ledger entries that a verifier needs, from bytes that may be hostile.
 *
 * @module
 */
import * as v from "valibot";

/** Most bytes of such an entry; a frame's is never read here. */
const MAX_JSON_BYTES = 64 * 1024;

const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.hexadecimal());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const Agent = v.object({ id: hex(16), publicKey: hex(32), host: v.string() });
/** An enrolment; ids and keys in hex. */
export type AgentEntry = Readonly<v.InferOutput<typeof Agent>>;

const Epoch = v.object({
  agent: hex(16),
  stream: hex(8),
  name: v.string(),
  epoch: count,
  before: v.optional(v.object({ epoch: count, next: count, tail: hex(32) })),
});
/** An epoch was opened; `before` is what the ledger had of the stream. */
export type EpochEntry = Readonly<v.InferOutput<typeof Epoch>>;

/** Undefined if it is none. */
export function readAgent(payload: Uint8Array): AgentEntry | undefined {
  return read(Agent, payload);
}

/** Undefined if it is none. */
export function readEpoch(payload: Uint8Array): EpochEntry | undefined {
  return read(Epoch, payload);
}

function read<S extends v.GenericSchema>(
  schema: S,
  payload: Uint8Array,
): v.InferOutput<S> | undefined {
  if (payload.length > MAX_JSON_BYTES) return undefined;
  try {
    const result = v.safeParse(schema, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
