/**
 * What `custos keys` does about revealing: asking for a grant, approving somebody else's, opening
 * what the hub hands out under one.
 *
 * @module
 */
import { join } from "node:path";
import {
  approveGrant,
  type Grant,
  listGrants,
  requestGrant,
  takeBoxes,
} from "../../sdk/api/reveal.ts";
import { boxKeyId, type BoxKeys, isBoxFor } from "../../sdk/keys/box.ts";
import type { EpochKey } from "../../sdk/keys/key_package.ts";
import { openPair, RevealError } from "../../sdk/keys/reveal_box.ts";
import { tokenOf } from "../../sdk/keys/token_of.ts";
import { writeAll } from "../../sdk/runtime/files.ts";
import { type Call, EXIT, UsageError } from "../commands/command.ts";
import { keysIn, revealKeysIn } from "./holder.ts";
import { atPlace, durationOf, type Place, required, requiredHub, say } from "./place.ts";
import { whoCalls } from "./verbs.ts";

/** Asks for a grant. */
export async function askReveal(call: Call, tokens: readonly string[]): Promise<number> {
  const hub = requiredHub(call);
  const seconds = Math.round(durationOf(call, "for", "1h") / 1000);
  const why = required(call, "why");
  if (tokens.length === 0) throw new UsageError("no token is named");
  return await told(
    call,
    await hub.call(requestGrant, { body: { tokens: [...tokens], why, seconds } }),
  );
}

/** Lists grants. */
export async function grants(call: Call): Promise<number> {
  const list = await requiredHub(call).call(listGrants, {});
  for (const grant of list.grants) await told(call, grant);
  return EXIT.ok;
}

/** Approves a grant that somebody else has asked for. */
export async function grant(call: Call, ids: readonly string[]): Promise<number> {
  const hub = requiredHub(call);
  const why = required(call, "why");
  const [id = "", ...more] = ids;
  if (id === "" || more.length > 0) throw new UsageError("one grant must be named");
  return await told(call, await hub.call(approveGrant, { params: { id }, body: { why } }));
}

/** Opens what the hub hands out under a grant. Written down before anybody sees it. */
export function reveal(call: Call): Promise<number> {
  const hub = requiredHub(call);
  const id = required(call, "grant");
  return atPlace(call, async (place) => {
    const store = await place.read();
    // Before the hub is asked: a hand-out that nobody can open would be recorded for nothing.
    const reveal = await revealKeysIn(store);
    const keys = await keysIn(store);
    const { boxes } = await hub.call(takeBoxes, { params: { id } });
    await writeDown(place, { id, tokens: [...new Set(boxes.map(({ token }) => token))] });
    const found = boxes.map((one) => openedBox(one, { reveal, keys }));
    const shown = new Set<string>();
    for (const { token, value, trust } of found) {
      const key = `${token} ${trust} ${value}`;
      if (shown.has(key)) continue;
      shown.add(key);
      const words = value === null ? WORDS[trust] : `${value}${trust === "ok" ? "" : WORDS[trust]}`;
      await say(call, { token, value, trust }, `${token}  ${words}`);
    }
    if (boxes.length === 0) await say(call, { event: "none" }, "The hub has no sealed value of it");
    return found.some(({ trust }) => trust === "forged") ? EXIT.integrity : EXIT.ok;
  });
}

/** `forged`: the token key makes another token of the value, or the box was changed. */
type Trust = "ok" | "unknown-epoch" | "forged";

interface Opened {
  readonly token: string;
  readonly value: string | null;
  readonly trust: Trust;
}

const WORDS: Readonly<Record<Trust, string>> = {
  ok: "",
  "unknown-epoch": "  (not checked: this holder has no key of its epoch)",
  forged: "(a box that does not belong to this token: a host or the hub has made it up)",
};

/** What a box tells, and whether that is true. */
export function openedBox(
  { token, box }: { readonly token: string; readonly box: string },
  holder: {
    /** Newest first. */
    readonly reveal: readonly [BoxKeys, ...BoxKeys[]];
    readonly keys: readonly EpochKey[];
  },
): Opened {
  try {
    const bytes = new Uint8Array(Buffer.from(box, "base64"));
    const [newest] = holder.reveal;
    const own = holder.reveal.find(({ publicKey }) => isBoxFor(bytes, boxKeyId(publicKey))) ??
      newest;
    const value = openPair(bytes, token, own);
    const [kind = "", epoch = ""] = token.split(":");
    const key = holder.keys.find((one) => one.epoch === Number(epoch));
    if (key === undefined) return { token, value, trust: "unknown-epoch" };
    return tokenOf(key, kind, value) === token
      ? { token, value, trust: "ok" }
      : { token, value: null, trust: "forged" };
  } catch (error) {
    if (!(error instanceof RevealError)) throw error;
    return { token, value: null, trust: "forged" };
  }
}

async function told(call: Call, grant: Grant): Promise<number> {
  const { id, state, requestedBy, approvedBy, expiresAt, why, tokens } = grant;
  const by = approvedBy === null ? "" : `, approved by ${approvedBy}`;
  const words = `${id}  ${state} until ${expiresAt}  asked by ${requestedBy}${by}  ` +
    `${tokens.length} ${tokens.length === 1 ? "token" : "tokens"}: ${why}`;
  await say(call, grant, words);
  return EXIT.ok;
}

/** One line of JSON more in `lookups.ndjson`: who opened which tokens, never what they stand for. */
async function writeDown(
  { files, folder }: Place,
  { id, tokens }: { readonly id: string; readonly tokens: readonly string[] },
): Promise<void> {
  const file = files.open(join(folder, "lookups.ndjson"), "write");
  const line = { time: new Date().toISOString(), by: whoCalls(), grant: id, revealed: tokens };
  try {
    writeAll(file, Buffer.from(`${JSON.stringify(line)}\n`), file.size());
    await file.sync();
  } finally {
    file.close();
  }
}
