/**
 * Imports a plugin from bytes in memory. What was hashed is what runs: no path is read again.
 *
 * `@custos/sdk` in those bytes is the SDK of this binary, the same instance; nothing else of ours
 * can be reached.
 *
 * @module
 */
import * as sdk from "../../sdk/mod.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import { type BunRuntime, bunRuntime } from "./bun_runtime.ts";

/** The one module that a packed plugin imports of us. */
export const SDK = "@custos/sdk";

/** Code that gives no plugin. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  readonly code = "import";
}

/** Imports `code`, the bytes of one ESM file. @throws {ImportError} */
export async function importPlugin(code: Uint8Array): Promise<Plugin> {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(code);
  const bun = bunRuntime();
  let module: unknown;
  try {
    module = await (bun === undefined ? fromDataUrl(text) : fromMemory(bun, text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ImportError(`Cannot import plugin: ${why}`, { cause });
  }
  const plugin: unknown = typeof module === "object" && module !== null && "default" in module
    ? module.default
    : undefined;
  if (isPlugin(plugin)) return plugin;
  throw new ImportError(
    "Cannot import plugin: its default export must be made by definePlugin of @custos/sdk",
  );
}

function fromMemory(bun: BunRuntime, contents: string): Promise<unknown> {
  const name = `custos-plugin:${Buffer.from(sha256(contents)).toString("hex")}`;
  bun.plugin({
    name: "custos",
    setup: (build) => {
      build.module(SDK, () => ({ loader: "object", exports: { ...sdk } }));
      build.module(name, () => ({ loader: "js", contents }));
    },
  });
  return import(name);
}

/** Deno has no modules out of nothing: the SDK becomes one that takes ours from the global object. */
function fromDataUrl(text: string): Promise<unknown> {
  const key = "custos sdk";
  Reflect.set(globalThis, key, sdk);
  const names = Object.keys(sdk).join(", ");
  const bridge = `export const { ${names} } = globalThis[${JSON.stringify(key)}];`;
  const code = text.replaceAll(
    /(\bfrom\s*)(["'])@custos\/sdk\2/g,
    (_, from: string) => from + JSON.stringify(urlOf(bridge)),
  );
  return import(urlOf(code));
}

function urlOf(code: string): string {
  return `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const has = (key: string, type: string): boolean => typeof Reflect.get(value, key) === type;
  const kind: unknown = Reflect.get(value, "kind");
  return (kind === "stream" || kind === "pull" || kind === "listen") && has(kind, "function") &&
    has("name", "string") && has("version", "string") && has("summary", "string") &&
    has("tables", "object") && has("config", "object");
}
