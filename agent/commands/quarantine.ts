/**
 * `custos quarantine ls|show|drop`: what could not be scrubbed, or was refused by the hub.
 *
 * @module
 */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { BoxError, boxKeyId, type BoxKeys, boxKeysOf } from "../../sdk/keys/box.ts";
import { readWhole } from "../../sdk/runtime/files.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import {
  openQuarantined,
  QuarantineError,
  readQuarantined,
  type Sealed,
} from "../quarantine_file.ts";
import { readConfig } from "./check.ts";
import { type Call, type Command, EXIT, text, UsageError } from "./command.ts";

export const quarantine: Command = {
  name: "quarantine",
  summary: "Lists, opens or drops what could not be scrubbed",
  usage: `ls|show|drop [NAME...] [-c FILE | --data-dir DIR]

  ls                              one line a file: name, source, table, events, since when
  show --reveal-key FILE NAME...  prints the events in plain text, one JSON object a line
  drop --why TEXT NAME...         removes files; who, when and why is kept in quarantine.log

Files are sealed to the tenant's reveal key (custos keys reveal-key), or, where there is none, to
this agent's own: then --reveal-key is box.key in the data folder.`,
  options: {
    "data-dir": { type: "string" },
    "reveal-key": { type: "string" },
    why: { type: "string" },
  },
  async run(call) {
    const [what, ...names] = call.positionals;
    const action = ACTIONS[what ?? ""];
    if (action === undefined) {
      const is = what === undefined ? "no action is named" : `"${what}" is no action`;
      throw new UsageError(`${is}, must be ls, show or drop`);
    }
    if (what !== "ls" && names.length === 0) {
      throw new UsageError("no file is named, see custos quarantine ls");
    }
    const dataDir = text(call, "data-dir") ?? (await readConfig(call)).config.agent.data_dir;
    return await action({ call, dataDir, folder: join(dataDir, "quarantine"), names });
  },
};

interface Look {
  readonly call: Call;
  readonly dataDir: string;
  readonly folder: string;
  readonly names: readonly string[];
}

const ACTIONS: Readonly<Record<string, (look: Look) => Promise<number>>> = { ls, show, drop };

async function ls({ call, folder, names }: Look): Promise<number> {
  const files = nodeFiles().list(folder);
  let isWhole = true;
  for (const name of names.length === 0 ? files : names) {
    const bytes = await bytesOf(folder, name);
    const sealed = readable(bytes);
    if (sealed === undefined) {
      isWhole = false;
      call.err(`Damaged: ${join(folder, name)}: its bytes are no quarantined events`);
    } else await call.out(lineOf({ name, bytes: bytes.length, sealed }, call.json));
  }
  return isWhole ? EXIT.ok : EXIT.integrity;
}

async function show({ call, folder, names }: Look): Promise<number> {
  const keys = await revealKeys(call);
  for (const name of names) {
    try {
      const bytes = await bytesOf(folder, name);
      const sealedTo = readable(bytes)?.sealedTo;
      const own = keys.find(({ publicKey }) =>
        Buffer.from(boxKeyId(publicKey)).toString("hex") === sealedTo
      );
      for (const event of openQuarantined(bytes, own ?? keys[0]!)) {
        await call.out(`${JSON.stringify(event, plainNumbers)}\n`);
      }
    } catch (error) {
      if (!(error instanceof QuarantineError) || error.code === "missing") throw error;
      call.err(`${join(folder, name)}: ${error.message}`);
      return error.code === "recipient" ? EXIT.failed : EXIT.integrity;
    }
  }
  return EXIT.ok;
}

async function drop({ call, dataDir, folder, names }: Look): Promise<number> {
  const why = text(call, "why");
  if (why === undefined || why === "") throw new UsageError("--why is missing");
  const files = nodeFiles();
  for (const name of names) {
    const head = readable(await bytesOf(folder, name))?.head ?? null;
    const by = process.env["USER"] ?? process.env["USERNAME"] ?? "unknown";
    const line = { dropped: name, at: new Date().toISOString(), by, why, head };
    // Before the file goes: after a crash it is dropped again, not gone without a word.
    appendFileSync(join(dataDir, "quarantine.log"), `${JSON.stringify(line)}\n`, {
      mode: 0o600,
      flush: true,
    });
    files.remove(join(folder, name));
    await call.out(call.json ? `${JSON.stringify(line)}\n` : `Dropped ${name}\n`);
  }
  return EXIT.ok;
}

/** @throws {QuarantineError} */
async function bytesOf(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, name);
  const isName = /^[\w.-]+$/.test(name) && !name.startsWith(".");
  const bytes = isName && existsSync(path) ? await readWhole(nodeFiles(), path) : undefined;
  if (bytes !== undefined) return bytes;
  throw new QuarantineError("missing", `Cannot find ${path}: see custos quarantine ls`);
}

function readable(bytes: Uint8Array): Sealed | undefined {
  try {
    return readQuarantined(bytes);
  } catch (error) {
    if (error instanceof QuarantineError) return undefined;
    throw error;
  }
}

/** The private keys, a line each, that `--reveal-key` names. @throws {QuarantineError} `key` */
async function revealKeys(call: Call): Promise<readonly BoxKeys[]> {
  const file = text(call, "reveal-key");
  if (file === undefined) throw new UsageError("--reveal-key FILE is missing");
  const content = Buffer.from(await readWhole(nodeFiles(), file) ?? []).toString("latin1");
  // The agent's own box.key has more lines, which are no keys.
  const [first = "", ...rest] = content.split("\n");
  const more = rest.filter((line) => /^[0-9a-f]{64}$/.test(line));
  try {
    return [first, ...more].map((line) => {
      const [, secret = ""] = /^([0-9a-f]{64})(?:\s|$)/.exec(line) ?? [];
      return boxKeysOf(Buffer.from(secret, "hex"));
    });
  } catch (cause) {
    if (!(cause instanceof BoxError)) throw cause;
    const message = `Cannot use key ${file}: it must be 64 hex digits`;
    throw new QuarantineError("key", message, { cause });
  }
}

function lineOf(
  { name, bytes, sealed }: {
    readonly name: string;
    readonly bytes: number;
    readonly sealed: Sealed;
  },
  json: boolean,
): string {
  const { head, sealedTo } = sealed;
  const at = new Date(head.at).toISOString();
  if (json) return `${JSON.stringify({ name, ...head, at, bytes, sealedTo })}\n`;
  const what = `${head.rows} ${head.rows === 1 ? "event" : "events"}`;
  return `${name}  ${head.source} ${head.table || "-"} ${what} ${at} sealed to ${sealedTo}\n`;
}

function plainNumbers(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
