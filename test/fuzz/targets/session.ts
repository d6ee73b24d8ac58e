/**
 * Fuzz target: an agent that has enrolled and says whatever it likes in whatever order.
 *
 * After each input the hub must still stand: no fatal error, a ledger with nothing in it that
 * cannot be read again, credit never over what was granted.
 *
 * @module
 */
import type { Random } from "../../../compile/demo/random.ts";
import { openSession } from "../../../hub/ingest/session.ts";
import {
  applyEntry,
  createIndex,
  hexOf,
  type StreamIndex,
} from "../../../hub/ingest/stream_index.ts";
import { schemaHash, schemaJson } from "../../../sdk/table.ts";
import {
  authDigest,
  decodeMessage,
  encodeMessage,
  type Message,
  streamIdOf,
} from "../../../sdk/wire/link.ts";
import { signer } from "../../../sdk/proof/sign.ts";
import {
  FakeLedger,
  introduce,
  LOG_ID,
  makeAgent,
  makeIngest,
  SCHEMA,
  seal,
  type TestAgent,
  type TestIngest,
} from "../../conformance/link_fakes.ts";
import { hostile } from "../mutate.ts";
import type { Target, Verdict } from "../target.ts";
import { MESSAGES } from "./messages.ts";

/** One connection: what the agent has said that its next lines depend on. */
interface Scene {
  readonly agent: TestAgent;
  readonly ingest: TestIngest;
  readonly hello: Uint8Array;
  challenge: Uint8Array | undefined;
  next: number;
}

const HELLO_NONCE = new Uint8Array(32).fill(9);
const agent = makeAgent();
const CORPUS = MESSAGES.map(encodeMessage);

export const SESSION_TARGET: Target = { name: "session", corpus: CORPUS, take };

async function take(bytes: Uint8Array, random: Random): Promise<Verdict> {
  const ingest = makeIngest(new FakeLedger());
  introduce(ingest, agent);
  const scene: Scene = { agent, ingest, hello: helloOf(agent), challenge: undefined, next: 0 };
  let ended: string | undefined;
  const session = openSession(ingest, {
    send: (said) => hear(scene, said),
    end: (code) => {
      ended ??= code;
    },
  });
  for (let line = 3 + random.below(12); line > 0 && ended === undefined; line--) {
    const polite = random.below(10) > 0;
    session.receive(polite ? politeLine(scene, random) : hostileLine(bytes, random));
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
  }
  session.closed();
  if (ingest.fatal.length > 0) throw ingest.fatal[0];
  replay(ingest);
  return ended ?? "accepted";
}

function hear(scene: Scene, said: Uint8Array): void {
  const message = decodeMessage(said);
  if (message.type === "challenge") scene.challenge = message.nonce;
}

function helloOf({ id }: TestAgent): Uint8Array {
  const hello: Message = {
    type: "hello",
    version: 1,
    agent: id,
    nonce: HELLO_NONCE,
    boot: new Uint8Array(16),
    release: "0.0.0",
    host: "host",
    os: "linux",
    heads: [],
  };
  return encodeMessage(hello);
}

/** What an honest agent might say here, or, once welcome, somewhere else. */
function politeLine(scene: Scene, random: Random): Uint8Array {
  if (scene.challenge === undefined) return scene.hello;
  const lines = [authOf, schemaLine, epochLine, frameLine, frameLine, frameLine];
  return random.pick(lines)(scene, random);
}

function authOf({ agent: { keys }, hello, challenge }: Scene): Uint8Array {
  const nonces = { hello: HELLO_NONCE, challenge: challenge ?? new Uint8Array(32) };
  const digest = authDigest(LOG_ID, nonces, hello);
  return encodeMessage({ type: "auth", signature: signer(keys.privateKey)(digest) });
}

function schemaLine(): Uint8Array {
  return encodeMessage({ type: "schema", hash: schemaHash(SCHEMA), json: schemaJson(SCHEMA) });
}

function epochLine(_scene: Scene, random: Random): Uint8Array {
  const epoch = 1 + random.below(3);
  const stream = streamIdOf("a");
  return encodeMessage({ type: "epoch", stream, name: "a", plugin: "test", epoch, reason: "x" });
}

function frameLine(scene: Scene, random: Random): Uint8Array {
  const seq = random.below(4) === 0 ? random.below(9) : scene.next++;
  return seal(scene.agent, { name: "a", epoch: 1 + random.below(2), seq });
}

function hostileLine(bytes: Uint8Array, random: Random): Uint8Array {
  return random.below(2) === 0 ? bytes : hostile(CORPUS, random);
}

/** What the ledger holds is what a start reads: it must give the index that the session has. */
function replay({ ledger, index }: TestIngest): void {
  const again = createIndex();
  for (const entry of ledger.entries) applyEntry(again, entry);
  const isSame = JSON.stringify(placesOf(again)) === JSON.stringify(placesOf(index));
  if (!isSame || again.agents.size !== index.agents.size) {
    throw new Error("A start would see another index than the session has left");
  }
}

function placesOf({ streams }: StreamIndex) {
  return [...streams].map(([key, { epoch, next, tail }]) => [key, epoch, next, hexOf(tail)]);
}
