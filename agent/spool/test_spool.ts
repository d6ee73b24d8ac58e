/**
 * For tests of the spool: small real frames, and what a spool holds.
 *
 * @module
 */
import { generateKeys, keyId, signer, verifier } from "../../sdk/proof/sign.ts";
import type { FaultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { decodeBody, frameHash, packBody, parseHeader, sealFrame } from "../../sdk/wire/frame.ts";
import type { SpoolLimits, SpoolStream } from "./options.ts";
import type { Chain, SigningKey } from "./reseal.ts";
import { openSpool, type Spool } from "./spool.ts";

const of = (size: number, byte = 0) => new Uint8Array(size).fill(byte);
const keys = generateKeys();
export const KEY: SigningKey = { keyId: keyId(keys.publicKey), sign: signer(keys.privateKey) };
export const VERIFY = verifier(keys.publicKey);
export const AGENT = of(16, 0xaa);
export const SCHEMA = of(32, 5);
export const ONE = { id: of(8, 1), name: "one", plugin: "p", priority: "normal" } as const;
export const TWO = { id: of(8, 2), name: "two", plugin: "p", priority: "audit" } as const;
export const keyOf = (owner: { readonly id: Uint8Array }) => Buffer.from(owner.id).toString("hex");

export function open(
  files: FaultyFiles,
  more: {
    limits?: Partial<SpoolLimits>;
    now?: () => number;
    onChange?: () => void;
    agent?: Uint8Array;
    isExpected?: boolean;
  } = {},
): Promise<Spool> {
  return openSpool({
    folder: "/spool",
    files,
    agent: more.agent ?? AGENT,
    now: more.now ?? (() => 1000),
    schemaJson: () => "[]",
    onChange: more.onChange ?? (() => {}),
    isExpected: more.isExpected ?? false,
    limits: {
      segmentBytes: 3000,
      reserveBytes: 4096,
      cacheBytes: 1000,
      retainAckedBytes: 0,
      floorBytes: 0,
      ...more.limits,
    },
  });
}

/** A group of one frame for each number; the cursor in the last is its number. */
export function group(
  owner: { readonly id: Uint8Array },
  chain: Chain,
  numbers: readonly number[] & { readonly kind?: "gap"; readonly key?: SigningKey },
): readonly Uint8Array[] {
  const { kind = "events", key = KEY } = numbers;
  let { seq, tail } = chain;
  return numbers.map((n, groupIndex) => {
    const isLast = groupIndex === numbers.length - 1;
    const values = Float64Array.of(n);
    const batch = {
      table: "T",
      rows: 1,
      columns: [{ name: "N", form: "number", type: "int", values }],
    } as const;
    const cursor = isLast ? Uint8Array.of(n >> 8, n & 255) : undefined;
    const frame = sealFrame(
      {
        kind,
        groupLast: isLast,
        agent: AGENT,
        boot: of(16),
        stream: owner.id,
        epoch: chain.epoch,
        seq,
        groupIndex,
        dictionarySeq: seq,
        rows: 1,
        schema: SCHEMA,
        firstTime: 0n,
        lastTime: 0n,
        sealedAt: 0n,
        monotonic: 0n,
        previous: tail,
        rowRoot: of(32),
        logId: of(8),
        logSize: 0,
        logRoot: of(32),
        policy: of(32),
        keyId: key.keyId,
      },
      packBody(new BodyEncoder().encode({ batch, cursor })),
      (message) => key.sign(message),
    );
    seq++;
    tail = frameHash(frame);
    return frame;
  });
}

/** Appends a group of these numbers to the stream. */
export function append(
  stream: SpoolStream,
  owner: { readonly id: Uint8Array },
  numbers: readonly number[] & { readonly kind?: "gap" },
): Promise<void> {
  return stream.append(group(owner, stream.chain(), numbers));
}

/** Appends a group of one gap frame. */
export function appendGap(
  stream: SpoolStream,
  owner: { readonly id: Uint8Array },
  number: number,
): Promise<void> {
  return append(stream, owner, Object.assign([number], { kind: "gap" as const }));
}

/** The number in a stream's cursor; -1 without one. */
export function cursorOf(stream: SpoolStream): number {
  const cursor = stream.cursor();
  return cursor === undefined ? -1 : cursor[0]! * 256 + cursor[1]!;
}

export function numberIn(frame: Uint8Array): number {
  const [column] = decodeBody(frame, parseHeader(frame)).batch.columns;
  return column?.form === "number" ? column.values[0]! : Number.NaN;
}

/** Numbers in all frames that the sender could read, by epoch; checks the chain on the way. */
export function held(
  spool: Spool,
  owner: { readonly id: Uint8Array },
): readonly (readonly number[])[] {
  const stream = keyOf(owner);
  const found = spool.streams().find(({ id }) => keyOf({ id }) === stream);
  return (found?.epochs ?? []).map(({ epoch, first, next }) => {
    const numbers: number[] = [];
    for (let seq = first; seq < next; seq++) {
      const frame = spool.frame({ stream, epoch, seq });
      if (frame === undefined) throw new Error(`Frame ${epoch}/${seq} is missing`);
      const previous = spool.previousOf({ stream, epoch, seq });
      const header = parseHeader(frame.bytes);
      if (Buffer.compare(previous!, header.previous) !== 0) throw new Error("The chain is broken");
      numbers.push(numberIn(frame.bytes));
      const after = spool.previousOf({ stream, epoch, seq: seq + 1 });
      if (Buffer.compare(after!, frameHash(frame.bytes)) !== 0) throw new Error("No tail hash");
    }
    return numbers;
  });
}
