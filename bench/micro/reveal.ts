/**
 * What the reveal stream costs: sealing a pair, in its own turn, and telling of a new token, in the
 * scrubber's; in µs of CPU each: `bun bench/micro/reveal.ts`.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { createRevealPairs } from "../../agent/reveal_pairs.ts";
import { boxer, makeBoxKeys } from "../../sdk/keys/box.ts";
import { pairOf } from "../../sdk/keys/reveal_box.ts";
import { tokenText } from "../../sdk/scrub/token.ts";

const PAIRS = 16_384;
const ROUND = 64;
const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
const { publicKey } = makeBoxKeys(random);
const values = Array.from({ length: PAIRS }, (_, i) => Buffer.from(`CONTOSO\\someone.else${i}`));
const tokens = values.map(() => random(16));

for (let run = 0; run < 3; run++) {
  const pairs = createRevealPairs();
  const tell = pairs.tellerOf(1, publicKey);
  report("tell of a new token", () => {
    for (let i = 0; i < PAIRS; i++) tell("user", tokens[i]!, values[i]!);
  });
  let bytes = 0;
  report("seal a pair", () => {
    for (let i = 0; i < PAIRS; i += ROUND) {
      const seal = boxer(publicKey, random);
      for (const { kind, epoch, token, value } of pairs.take(ROUND)) {
        const box = seal(pairOf(tokenText(kind, epoch, token), value));
        bytes += Buffer.from(box).toString("base64").length;
      }
    }
  });
  process.stdout.write(`${(bytes / PAIRS).toFixed(0)} bytes of base64 a pair\n`);
}

function report(name: string, work: () => void): void {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${name}: ${((user + system) / PAIRS).toFixed(2)} µs\n`);
}
