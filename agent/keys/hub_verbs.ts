/**
 * What `custos keys` does with a hub: which agents there are, packages for them, a rotation, and
 * tokens of a value, which both sides write down.
 *
 * @module
 */
import { join } from "node:path";
import { type AgentKeys, listAgentKeys, putKeyPackage, recordLookup } from "../../sdk/api/keys.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import { writeAll } from "../../sdk/runtime/files.ts";
import { type Call, EXIT, text } from "../commands/command.ts";
import { rotated, sealFor, tokensOf, withRevealKey } from "./holder.ts";
import {
  atPlace,
  durationOf,
  hubOf,
  type Place,
  random,
  required,
  requiredHub,
  say,
} from "./place.ts";
import type { StoreFile } from "./store.ts";
import { whoCalls } from "./verbs.ts";

/** One line an agent that the hub knows. */
export function agents(call: Call): Promise<number> {
  const hub = requiredHub(call);
  return atPlace(call, async ({ read }) => {
    const store = await read();
    for (const one of (await hub.call(listAgentKeys, {})).agents) {
      const approved = store.agents.some(({ agent }) => agent === one.agent);
      const has = one.answer === null ? "nothing said" : `${one.answer.code} ${one.answer.serial}`;
      const words = [
        one.agent,
        one.host,
        one.state,
        approved ? "approved" : "not approved",
        one.boxKey === null ? "no box key yet" : "",
        one.package === null ? "no package" : `package ${one.package.serial}, agent: ${has}`,
      ];
      await say(call, { ...one, approved }, words.filter((word) => word !== "").join("  "));
    }
    return EXIT.ok;
  });
}

/** Seals the keys in force to every approved agent. */
export function push(call: Call): Promise<number> {
  const hub = requiredHub(call);
  return atPlace(call, (place) => pushAll(place, hub));
}

/** Makes the next epoch; agents go over to it at the same moment. */
export function rotate(call: Call): Promise<number> {
  const hub = hubOf(call);
  return atPlace(call, async (place) => {
    const known = hub === undefined ? [] : (await hub.call(listAgentKeys, {})).agents;
    const store = await rotated(await place.read(), {
      from: Date.now() + durationOf(call, "in", "1h"),
      overlapMs: durationOf(call, "overlap", "168h"),
      seen: Math.max(0, ...known.flatMap((one) => one.package?.epochs.at(-1)?.epoch ?? 0)),
      random,
    });
    await place.write(store);
    const last = store.epochs.at(-1);
    const from = new Date(last?.from ?? 0).toISOString();
    await say(
      call,
      { event: "rotated", epoch: last?.epoch, from },
      `Epoch ${last?.epoch} begins at ${from}` +
        (hub === undefined ? ": agents learn of it by custos keys push" : ""),
    );
    return hub === undefined ? EXIT.ok : await pushAll(place, hub);
  });
}

/** Makes a reveal key, the first or another; agents seal to it once they have its package. */
export function renewRevealKey(call: Call): Promise<number> {
  const hub = hubOf(call);
  return atPlace(call, async (place) => {
    const store = await withRevealKey(await place.read(), random);
    await place.write(store);
    const reveal = store.reveal?.publicKey;
    const before = store.revealBefore.length;
    await say(
      call,
      { event: "reveal-key-made", reveal, before },
      `reveal  ${reveal}   (${before} before it open what was sealed to them)` +
        (hub === undefined ? ": agents learn of it by custos keys push" : ""),
    );
    return hub === undefined ? EXIT.ok : await pushAll(place, hub);
  });
}

/** Prints the tokens of a value in every epoch, for a rule or a query. Written down before it. */
export function token(call: Call): Promise<number> {
  const hub = hubOf(call);
  const kind = required(call, "kind");
  const why = required(call, "why");
  return atPlace(call, async (place) => {
    const value = required(call, "value");
    const tokens = await tokensOf(await place.read(), { kind, value });
    await writeDown(place, { time: new Date().toISOString(), by: whoCalls(), why, tokens });
    const isToken = tokens.every((one) => one !== value);
    if (hub !== undefined && isToken) {
      await hub.call(recordLookup, { body: { tokens: [...tokens], why } });
    }
    for (const one of tokens) await say(call, { token: one }, one);
    return EXIT.ok;
  });
}

async function pushAll({ call, read, write }: Place, hub: HubClient): Promise<number> {
  const before = await read();
  const { agents: known } = await hub.call(listAgentKeys, {});
  const store = { ...before, serial: nextSerial(before, known) };
  // Before the first package leaves: a serial is never used twice.
  await write(store);
  const { sealed, passed } = await sealFor(store, known, {
    now: Date.now(),
    serial: store.serial,
    random,
  });
  for (const { agent, bytes } of sealed) {
    const body = { package: Buffer.from(bytes).toString("base64") };
    const { sent } = await hub.call(putKeyPackage, { params: { id: agent }, body });
    const words = sent ? "sent" : "waits for its connection";
    await say(call, { event: "pushed", agent, serial: store.serial, sent }, `${agent}  ${words}`);
  }
  for (const { agent, why } of passed) {
    await say(call, { event: "passed", agent, why }, `${agent}  no package: ${WHY[why]}`);
  }
  return passed.some(({ why }) => why === "box-key") ? EXIT.integrity : EXIT.ok;
}

const WHY = {
  "not-approved": "not approved, see custos keys approve",
  "shut-out": "it is shut out",
  "no-box-key": "it has told no box key yet, it must connect first",
  "box-key": "its box key is not signed by the agent: the hub may be lying",
} as const;

/** Above all that were used, also by a holder whose newest file was lost: hence the clock. */
function nextSerial(store: StoreFile, known: readonly AgentKeys[]): number {
  const used = known.map((one) => one.package?.serial ?? 0);
  return Math.max(Date.now(), store.serial + 1, ...used.map((serial) => serial + 1));
}

/** One line of JSON more in `lookups.ndjson`, durable before anybody sees a token. */
async function writeDown({ files, folder, call }: Place, lookup: object): Promise<void> {
  const file = files.open(join(folder, "lookups.ndjson"), "write");
  try {
    const kind = text(call, "kind");
    writeAll(file, Buffer.from(`${JSON.stringify({ ...lookup, kind })}\n`), file.size());
    await file.sync();
  } finally {
    file.close();
  }
}
