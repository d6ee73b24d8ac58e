/**
 * Makes one program of one entry file: bundled, with byte code, deaf to its folder and environment.
 *
 * @module
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { authorSdk } from "./author_sdk.ts";
import { baseBinary } from "./base_binary.ts";
import { harden } from "./harden.ts";
import type { Target } from "./targets.ts";

export interface ProgramOptions {
  readonly entry: string;
  readonly outfile: string;
  readonly target: Target;
  /** The checkout. */
  readonly root: string;
  /** False for one of a release that gave plugins' authors no SDK. Default: true. */
  readonly hasAuthorSdk?: boolean;
}

/** What was made. */
export interface Program {
  readonly path: string;
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Builds `entry` into `outfile`.
 *
 * @throws {AggregateError} If the bundler refuses the source.
 */
export async function buildProgram(options: ProgramOptions): Promise<Program> {
  const start = performance.now();
  const base = await hardenedBase(options);
  try {
    await compile(options, base);
  } finally {
    rmSync(base, { force: true });
  }
  const bytes = statSync(options.outfile).size;
  return { path: options.outfile, bytes, ms: performance.now() - start };
}

async function hardenedBase({ outfile, target, root }: ProgramOptions): Promise<string> {
  const binary = readFileSync(await baseBinary(target, root));
  harden(binary);
  mkdirSync(dirname(outfile), { recursive: true });
  const path = join(dirname(outfile), `.base-${target.name}-${process.pid}`);
  writeFileSync(path, binary);
  chmodSync(path, 0o755);
  return path;
}

async function compile(options: ProgramOptions, base: string): Promise<void> {
  const { entry, outfile, target, root, hasAuthorSdk = true } = options;
  await Bun.build({
    entrypoints: [entry],
    plugins: hasAuthorSdk ? [withAuthorSdk(await authorSdk(root))] : [],
    target: "bun",
    format: "esm",
    bytecode: true,
    // Names stay: a stack trace in a log is for people.
    minify: { whitespace: true, syntax: true, identifiers: false },
    define: {
      // Optional native code that would be looked for beside the program at run time.
      "process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED": '"true"',
    },
    compile: {
      target: target.bun,
      executablePath: base,
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
}

/** Brings the SDK along for `custos plugin new`. It is made before: a build waits for no other. */
function withAuthorSdk(files: Readonly<Record<string, string>>): Bun.BunPlugin {
  const contents = `export function authorSdk() { return ${JSON.stringify(files)}; }`;
  return {
    name: "author-sdk",
    setup: (build) => {
      const filter = /[\\/]agent[\\/]commands[\\/]plugin[\\/]author_sdk\.ts$/;
      build.onLoad({ filter }, () => ({ loader: "js", contents }));
    },
  };
}
