/**
 * The checkout's modules and what they import, types included.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** Folders that hold our own modules. */
const FOLDERS = ["sdk", "plugins", "agent", "hub", "compile", "test", "bench"];

export interface SourceFile {
  /** From the checkout's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** One import as written; `path` is where a relative one leads, from the checkout's root. */
export interface Import {
  readonly specifier: string;
  readonly path: string | undefined;
}

/** Reads each module of the checkout; golden cases are not modules. */
export function sourceFiles(root: string): readonly SourceFile[] {
  const present = readdirSync(root, { withFileTypes: true });
  const folders = FOLDERS.filter((f) => present.some((e) => e.isDirectory() && e.name === f));
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
  );
  return paths
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.includes("/cases/"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

const STATIC = /^\s*(?:import|export)\b(?:[^;"'`]*?\bfrom)?\s*["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\s*\(\s*["']([^"']+)["']/g;

/** Lists what `file` imports or re-exports, types and `import()` included. */
export function importsOf(file: SourceFile): readonly Import[] {
  const text = withoutComments(file.text);
  const specifiers = [STATIC, DYNAMIC].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? "")
  );
  return specifiers.map((specifier) => ({
    specifier,
    path: specifier.startsWith(".") ? posix.join(posix.dirname(file.path), specifier) : undefined,
  }));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

/** Tests and what only tests use. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith("test/") || path.startsWith("bench/") ||
    path.startsWith("sdk/testkit/") || path.includes("/testing/");
}
