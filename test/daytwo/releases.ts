/**
 * The two releases that day two runs: this checkout's, and the one before it, from the repository.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { buildProgram } from "../../compile/program.ts";
import { hostTarget } from "../../compile/targets.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const Package = v.object({ version: v.string() });

/** A checkout, and its agent as a program. */
export interface Release {
  readonly version: string;
  readonly root: string;
  readonly agent: string;
}

/** Compiles this checkout's agent into `folder`. */
export async function presentRelease(folder: string): Promise<Release> {
  return await built(ROOT, versionIn("HEAD"), join(folder, "present", "custos"));
}

/** Takes the newest commit of another version out of the repository and compiles its agent. */
export async function previousRelease(folder: string): Promise<Release & Disposable> {
  const present = versionIn("HEAD");
  const commit = commitsOf("package.json").map((at) => `${at}^`).find((at) =>
    versionIn(at) !== present
  );
  if (commit === undefined) throw new Error(`There is no release before ${present} in git's log`);
  const root = join(folder, "previous-checkout");
  git("worktree", "add", "--detach", root, commit);
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  const remove = (): void => void git("worktree", "remove", "--force", root);
  try {
    const release = await built(root, versionIn(commit), join(folder, "previous", "custos"));
    return { ...release, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function built(root: string, version: string, outfile: string): Promise<Release> {
  const entry = join(root, "agent", "main.ts");
  const hasAuthorSdk = existsSync(join(root, "compile", "author_sdk.ts"));
  await buildProgram({ entry, outfile, target: hostTarget(), root, hasAuthorSdk });
  return { version, root, agent: outfile };
}

/** Newest first. */
function commitsOf(file: string): readonly string[] {
  return git("log", "--format=%H", "--", file).trim().split("\n");
}

function versionIn(commit: string): string {
  return v.parse(Package, JSON.parse(git("show", `${commit}:package.json`))).version;
}

function git(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("git", words, { cwd: ROOT, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`Cannot run git ${words[0]}: ${stderr.trim()}`);
}
