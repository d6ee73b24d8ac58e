/**
 * Makes one ESM file of a plugin's source, TypeScript or JavaScript, with all it imports but
 * `@custos/sdk`.
 *
 * Bun's bundler is in the compiled program, so no other tool is needed. Under Deno there is none:
 * packed files run there, folders do not.
 *
 * @module
 */
import { statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import { type BunRuntime, bunRuntime } from "./bun_runtime.ts";
import { SDK } from "./import_code.ts";

/** Source that cannot be made one file. */
export class BundleError extends Error {
  override readonly name = "BundleError";
  readonly code: "missing" | "runtime" | "source" | "imports";

  constructor(code: BundleError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const ENTRIES = ["mod.ts", "mod.js", "index.ts", "index.js"];

/** The entry file of a plugin: `path` itself, or `mod.ts` and the like in it. @throws {BundleError} */
export function entryOf(path: string): string {
  const full = resolve(path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return full;
  const entry = stat === undefined
    ? undefined
    : ENTRIES.map((name) => join(full, name)).find((file) => statSync(file, QUIETLY)?.isFile());
  if (entry !== undefined) return entry;
  throw new BundleError(
    "missing",
    `Cannot find plugin ${path}: it must be a file, or a folder with ${ENTRIES.join(" or ")}`,
  );
}

const QUIETLY = { throwIfNoEntry: false } as const;

/** Bundles the plugin at `path`. @throws {BundleError} */
export async function bundlePlugin(path: string): Promise<Uint8Array> {
  const entry = entryOf(path);
  const bun = bunRuntime();
  if (bun === undefined) {
    const why = "this runtime has no bundler, pack it with the compiled program";
    throw new BundleError("runtime", `Cannot bundle ${entry}: ${why}`);
  }
  const text = await build(bun, entry);
  const wrong = new bun.Transpiler({ loader: "js" }).scanImports(text)
    .map((one) => one.path)
    .filter((name) => name !== SDK && !isBuiltin(name));
  if (wrong.length > 0) {
    const names = [...new Set(wrong)].join(", ");
    throw new BundleError(
      "imports",
      `Cannot bundle ${entry}: it would import ${names} when it runs`,
    );
  }
  return new TextEncoder().encode(text);
}

async function build(bun: BunRuntime, entry: string): Promise<string> {
  try {
    const { outputs: [output] } = await bun.build({
      entrypoints: [entry],
      target: "bun",
      format: "esm",
      packages: "bundle",
      external: [SDK],
      define: { "process.env.NODE_ENV": '"production"' },
    });
    return await output?.text() ?? "";
  } catch (cause) {
    const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
    const why = errors.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new BundleError("source", `Cannot bundle ${entry}: ${why.join("; ")}`, { cause });
  }
}
