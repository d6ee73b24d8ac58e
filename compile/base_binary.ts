/**
 * The Bun binary that a target's program is made from.
 *
 * This platform's is installed. Those of others are fetched by name with npm into a cache, at the
 * version that is installed, and must have the hash that the lock file names.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { npm } from "./install.mjs";
import type { Target } from "./targets.ts";

/** The base could not be fetched, or is not the one that the lock file names. */
export class BaseBinaryError extends Error {
  override readonly name = "BaseBinaryError";
  readonly code: "unlocked" | "fetch" | "integrity";

  constructor(code: BaseBinaryError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Gives the path of `target`'s base binary.
 *
 * @throws {BaseBinaryError}
 */
export async function baseBinary(target: Target, root: string): Promise<string> {
  const installed = join(root, "node_modules", target.basePackage, target.basePath);
  if (existsSync(installed)) return installed;
  const { version, integrity } = lockedPackage(target.basePackage, root);
  const cache = join(root, ".custos", "base", version);
  const folder = join(cache, target.name);
  const binary = join(folder, "package", target.basePath);
  if (existsSync(binary)) return binary;
  mkdirSync(cache, { recursive: true });
  const packed = await fetchPackage(`${target.basePackage}@${version}`, cache);
  if (integrityOf(packed) !== integrity) {
    throw new BaseBinaryError(
      "integrity",
      `Cannot use ${target.basePackage}@${version}: its hash is not the lock file's`,
    );
  }
  // Extracted aside and renamed: a build that is cut short leaves no half binary behind.
  const aside = join(cache, `${target.name}.${process.pid}`);
  await new Bun.Archive(packed).extract(aside);
  renameSync(aside, folder);
  return binary;
}

function lockedPackage(name: string, root: string): { version: string; integrity: string } {
  const lock: unknown = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const entry = property(property(lock, "packages"), `node_modules/${name}`);
  const version = property(entry, "version");
  const integrity = property(entry, "integrity");
  if (typeof version !== "string" || typeof integrity !== "string") {
    throw new BaseBinaryError("unlocked", `Cannot fetch ${name}: the lock file does not name it`);
  }
  return { version, integrity };
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}

async function fetchPackage(spec: string, cache: string): Promise<Uint8Array> {
  const code = await npm(cache, ["pack", spec, "--silent", "--ignore-scripts"]);
  // The name that npm gives a packed file: `@oven/bun-x@1.2.3` becomes `oven-bun-x-1.2.3.tgz`.
  const file = join(cache, `${spec.slice(1).replace(/[/@]/g, "-")}.tgz`);
  if (code !== 0 || !existsSync(file)) {
    throw new BaseBinaryError("fetch", `Cannot fetch ${spec}: npm pack ended with code ${code}`);
  }
  const bytes = readFileSync(file);
  await Bun.file(file).delete();
  return bytes;
}

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}
