/**
 * The plugins that an operator has added to an agent: packed files in `DATA/plugins`, each with a
 * pin that says what was approved.
 *
 * The agent runs a file only if its manifest and its key are those of the pin. Each file is read
 * once; what was read is what is hashed and handed to the plugin's process.
 *
 * @module
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Needs } from "../../sdk/plugin.ts";
import { type Files, replaceFile } from "../../sdk/runtime/files.ts";
import type { Judge } from "./isolated_plugin.ts";
import { needsSchema } from "./manifest.ts";
import { hashOf, keyText, type Packed, PackedError, readPacked } from "./packed.ts";

/** Why an added plugin is not run. */
export class AddedError extends Error {
  override readonly name = "AddedError";
  /**
   * `manifest`, `key`: it is not the one that was approved; `pin`: what was approved cannot be
   * read; the others are of the file itself.
   */
  readonly code: "manifest" | "key" | "pin" | PackedError["code"];

  constructor(code: AddedError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What an operator has approved. */
export interface Pin {
  /** SHA-256 of the manifest's bytes, in hex: classes, needs and code all stand in it. */
  readonly manifest: string;
  /** Public key in hex; null where it was approved unsigned. */
  readonly key: string | null;
  readonly granted: Needs;
  /** When, as ISO 8601. */
  readonly at: string;
  readonly by: string;
}

export interface Added {
  readonly packed: Packed;
  readonly pin: Pin;
}

const pinSchema = v.strictObject({
  manifest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  key: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  granted: needsSchema,
  at: v.string(),
  by: v.string(),
});

/** Where the plugins of an agent are. */
function pluginFolder(dataDir: string): string {
  return join(dataDir, "plugins");
}

/** Names of the plugins that were added, sorted. */
export function addedNames(dataDir: string): readonly string[] {
  try {
    return readdirSync(pluginFolder(dataDir)).filter((name) => /^[a-z][a-z0-9_]*\.js$/.test(name))
      .map((name) => name.slice(0, -3)).toSorted();
  } catch {
    // None was ever added.
    return [];
  }
}

/** The pin and what is to be added under it: all or nothing is there after a crash. */
export async function addPlugin(
  dataDir: string,
  { files, bytes, packed, by, at }: {
    readonly files: Files;
    readonly bytes: Uint8Array;
    readonly packed: Packed;
    readonly by: string;
    readonly at: Date;
  },
): Promise<Pin> {
  const pin: Pin = {
    manifest: hashOf(packed.manifestBytes),
    key: packed.key === undefined ? null : keyText(packed.key),
    granted: packed.manifest.needs ?? {},
    at: at.toISOString(),
    by,
  };
  const folder = pluginFolder(dataDir);
  files.makeFolder(folder);
  const { name } = packed.manifest;
  // The pin first: if we die between the two, the older file is not the one approved and is refused.
  const text = Buffer.from(`${JSON.stringify(pin)}\n`);
  await replaceFile(files, join(folder, `${name}.pin.json`), text);
  await replaceFile(files, join(folder, `${name}.js`), bytes);
  return pin;
}

/** Takes a plugin away; its sources can run no more. */
export function removePlugin(dataDir: string, name: string): void {
  for (const ending of [".js", ".pin.json"]) {
    rmSync(join(pluginFolder(dataDir), name + ending), { force: true });
  }
}

/**
 * Reads plugin `name`; undefined if none of that name was added.
 *
 * @throws {AddedError} If it is not what was approved.
 */
export function readAdded(dataDir: string, name: string): Added | undefined {
  if (!addedNames(dataDir).includes(name)) return undefined;
  const folder = pluginFolder(dataDir);
  const pin = readPin(dataDir, name);
  let packed: Packed;
  try {
    packed = readPacked(new Uint8Array(readFileSync(join(folder, `${name}.js`))));
  } catch (cause) {
    if (!(cause instanceof PackedError)) throw cause;
    throw new AddedError(cause.code, `Cannot run plugin ${name}: ${cause.message}`, { cause });
  }
  const fix = 'approve it with "custos plugin add"';
  if ((packed.key === undefined ? null : keyText(packed.key)) !== pin.key) {
    throw new AddedError("key", `Cannot run plugin ${name}: another key has signed it, ${fix}`);
  }
  if (hashOf(packed.manifestBytes) !== pin.manifest || packed.manifest.name !== name) {
    const what = "its manifest is not the one that was approved";
    throw new AddedError("manifest", `Cannot run plugin ${name}: ${what}, ${fix}`);
  }
  return { packed, pin };
}

/**
 * What may be granted to a source of an added plugin: what was approved, and what the operator has
 * written into the source's config.
 */
export function judgeFor({ granted }: Pick<Pin, "granted">): Judge {
  return (needs, settings) => {
    const named = new Set([...(granted.read ?? []), ...(granted.listen ?? []), ...texts(settings)]);
    const missing = [...(needs.read ?? []), ...(needs.listen ?? [])].find((need) =>
      !named.has(need) && !texts(settings).some((text) => need === `${text}*`)
    );
    if (missing === undefined) return undefined;
    return `it would reach "${missing}", which was not approved and is not in its config`;
  };
}

/** All texts in a config, however deep. */
function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value, portOf(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

/** `udp:514` of `udp:127.0.0.1:514`, as needs are written. */
function portOf(text: string): string {
  return text.replace(/^(udp|tcp|tls):.*:(\d+)$/, "$1:$2");
}

/** What was approved of `name`, whatever its file is now. @throws {AddedError} `pin` */
export function readPin(dataDir: string, name: string): Pin {
  const path = join(pluginFolder(dataDir), `${name}.pin.json`);
  try {
    const { granted, ...rest } = v.parse(pinSchema, JSON.parse(readFileSync(path, "utf8")));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- absent keys and undefined are one here
    return { ...rest, granted: granted as Needs };
  } catch (cause) {
    const fix = 'add it anew with "custos plugin add"';
    throw new AddedError("pin", `Cannot run plugin ${name}: its pin cannot be read, ${fix}`, {
      cause,
    });
  }
}
