/**
 * The reveal stream: events of `CustosReveal`, one for each new token, with what it stands for
 * sealed to the tenant's reveal key, which no host and no hub has.
 *
 * One key agreement a round of pairs, one box a pair: a grant for one token opens no other.
 *
 * @module
 */
import * as v from "valibot";
import { REVEAL } from "../sdk/gap.ts";
import { boxer, type Random } from "../sdk/keys/box.ts";
import { pairOf } from "../sdk/keys/reveal_box.ts";
import { definePlugin, type Plugin } from "../sdk/plugin.ts";
import { tokenText } from "../sdk/scrub/token.ts";
import type { RevealPairs } from "./reveal_pairs.ts";

const EVERY_MS = 1_000;
/** Pairs sealed before others have their turn. */
const ROUND = 64;
const PAUSE_MS = 10;

export interface RevealSourceOptions {
  readonly pairs: RevealPairs;
  /** The X25519 key of now; undefined while the key holder names none. */
  to(): Uint8Array | undefined;
  readonly random: Random;
}

/** A plugin that ends when its signal aborts, with all that waits sealed. */
export function revealSource({ pairs, to, random }: RevealSourceOptions): Plugin {
  return definePlugin.listen({
    name: "custos_reveal",
    version: "1.0.0",
    summary: "What tokens stand for, sealed to the reveal key",
    config: v.object({}),
    needs: {},
    lossy: true,
    tables: { CustosReveal: REVEAL },
    async listen({ emit, clock, signal, gap }) {
      for (;;) {
        const key = to();
        const isEnd = signal.aborted;
        const round = key === undefined ? [] : pairs.take(isEnd ? Infinity : ROUND);
        if (key !== undefined && round.length > 0) {
          const seal = boxer(key, random);
          for (const { kind, epoch, token, value } of round) {
            const text = tokenText(kind, epoch, token);
            const box = Buffer.from(seal(pairOf(text, value))).toString("base64");
            emit.CustosReveal({ TimeGenerated: clock.now(), Token: text, Box: box });
          }
        }
        const skipped = pairs.skipped();
        if (skipped > 0) gap({ reason: "other", count: skipped, detail: SKIPPED });
        if (isEnd) return;
        await clock.sleep(round.length === ROUND ? PAUSE_MS : EVERY_MS);
      }
    },
  });
}

const SKIPPED = "tokens that cannot be revealed: their values were too long or too many at once";
