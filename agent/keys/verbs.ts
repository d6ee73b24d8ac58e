/**
 * What `custos keys` does on its own: the holder's file, its agents, its backup.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { writeAll } from "../../sdk/runtime/files.ts";
import { type Call, EXIT, text, UsageError } from "../commands/command.ts";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { keysIn, newStore, revealKeysIn } from "./holder.ts";
import { atPlace, random, required, say } from "./place.ts";
import { createStore, FOREVER, readStore, type StoreFile, storePath } from "./store.ts";

/** Makes the keys of a tenant. */
export function init(call: Call): Promise<number> {
  return atPlace(call, async ({ files, folder }) => {
    const store = await newStore({
      kms: text(call, "kms"),
      epoch: epochOf(call),
      key: await importedKey(call),
      reveal: call.values["reveal"] === true,
      random,
    });
    await createStore(files, storePath(folder), store);
    await shown(call, store);
    return EXIT.ok;
  });
}

/** What agents and people need to know of the holder. */
export function show(call: Call): Promise<number> {
  return atPlace(call, async ({ read }) => {
    await shown(call, await read());
    return EXIT.ok;
  });
}

/** Lets packages be made for agents: `custos enroll` has printed their ids on their hosts. */
export function approve(call: Call, ids: readonly string[]): Promise<number> {
  checkIds(ids);
  return atPlace(call, async ({ read, write }) => {
    const store = await read();
    const approved = new Date().toISOString();
    const by = whoCalls();
    const added = ids
      .filter((id) => !store.agents.some(({ agent }) => agent === id))
      .map((agent) => ({ agent, approved, by }));
    await write({ ...store, agents: [...store.agents, ...added] });
    await say(call, { event: "approved", agents: ids }, `Approved ${ids.join(", ")}`);
    return EXIT.ok;
  });
}

/** No more packages for these agents. */
export function revoke(call: Call, ids: readonly string[]): Promise<number> {
  checkIds(ids);
  return atPlace(call, async ({ read, write }) => {
    const store = await read();
    await write({ ...store, agents: store.agents.filter(({ agent }) => !ids.includes(agent)) });
    await say(
      call,
      { event: "revoked", agents: ids },
      `Revoked ${
        ids.join(", ")
      }: they still have the keys they were given, rotate to shut them out`,
    );
    return EXIT.ok;
  });
}

/** Copies the file; with no KMS the copy holds the keys themselves. */
export function backup(call: Call): Promise<number> {
  const to = required(call, "to");
  return atPlace(call, async ({ files, read }) => {
    const store = await read();
    // A backup that cannot be opened is none.
    await keysIn(store);
    const file = files.open(to, "create");
    try {
      writeAll(file, Buffer.from(`${JSON.stringify(store, null, 2)}\n`), 0);
      await file.sync();
    } finally {
      file.close();
    }
    await say(call, { event: "backed-up", to }, `Copied to ${to}: keep it as you keep the keys`);
    return EXIT.ok;
  });
}

/** Copies the private reveal keys to a file: who has it can open what is in quarantine. */
export function revealKey(call: Call): Promise<number> {
  const to = required(call, "to");
  return atPlace(call, async ({ files, read }) => {
    const store = await read();
    const keys = await revealKeysIn(store);
    const text = keys.map(({ secret }) => `${Buffer.from(secret).toString("hex")}\n`).join("");
    const file = files.open(to, "create");
    try {
      writeAll(file, Buffer.from(text), 0);
      await file.sync();
    } finally {
      file.close();
    }
    await say(call, { event: "reveal-key", to }, `Copied to ${to}: delete it when it was used`);
    return EXIT.ok;
  });
}

/** Puts a backup in the place of a file that was lost. */
export function restore(call: Call): Promise<number> {
  const from = required(call, "from");
  return atPlace(call, async ({ files, folder }) => {
    const store = await readStore(files, from);
    await keysIn(store);
    await createStore(files, storePath(folder), store);
    await shown(call, store);
    return EXIT.ok;
  });
}

async function shown(call: Call, store: StoreFile): Promise<void> {
  const time = (ms: number): string | null => (ms === FOREVER ? null : new Date(ms).toISOString());
  const epochs = store.epochs.map(({ epoch, from, until }) => ({
    epoch,
    from: time(from),
    until: time(until),
  }));
  const facts = {
    holder: store.signing.publicKey,
    reveal: store.reveal?.publicKey ?? null,
    kms: store.kms,
    epochs,
    agents: store.agents.length,
  };
  const lines = [
    `holder  ${facts.holder}   (scrub.holder of the agents' config)`,
    `reveal  ${facts.reveal ?? "no reveal key"}`,
    `kms     ${facts.kms ?? "none: the keys stand in the holder's file"}`,
    `agents  ${facts.agents} approved`,
    ...epochs.map(({ epoch, from, until }) =>
      `epoch ${epoch}  from ${from}${until === null ? "" : `  joined until ${until}`}`
    ),
  ];
  await say(call, facts, lines.join("\n"));
}

function epochOf(call: Call): number {
  const value = text(call, "epoch") ?? "1";
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new UsageError(`--epoch is "${value}", must be a whole number from 1 on`);
}

async function importedKey(call: Call): Promise<Uint8Array | undefined> {
  const file = text(call, "import");
  if (file === undefined) return undefined;
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(`--import ${file} cannot be read: ${troubleOf(cause)}`, { cause });
  }
  if (/^[0-9a-f]{64}\s*$/.test(content)) return new Uint8Array(Buffer.from(content.trim(), "hex"));
  throw new UsageError(`--import ${file} is no token key, must be 64 hex digits`);
}

function checkIds(ids: readonly string[]): void {
  if (ids.length === 0) throw new UsageError("no agent is named: custos enroll prints its id");
  const wrong = ids.find((id) => !/^[0-9a-f]{32}$/.test(id));
  if (wrong !== undefined) {
    throw new UsageError(`"${wrong}" is no agent, must be the 32 hex digits that enrol prints`);
  }
}

/** The user of this machine, for records. */
export function whoCalls(): string {
  return process.env["USER"] ?? process.env["USERNAME"] ?? "unknown";
}
