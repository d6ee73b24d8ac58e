/**
 * What an operator does with `custos-hub` when a hub is backed up, lost and restored.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = dirname(dirname(import.meta.dirname));
const NAMES = ["kim", "lee"] as const;

/** Runs `custos-hub` to its end. */
export function runHubCommand(words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["hub/main.ts", ...words], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** Runs one that must not fail; gives what it printed. */
export function hubCommand(...words: readonly string[]): string {
  const { status, stdout, stderr } = runHubCommand(words);
  if (status === 0) return stdout;
  throw new Error(`custos-hub ${words[0]} ended with code ${status}\n${stderr}`);
}

/** Two operators, their keys and a passphrase, in a folder that is not the hub's. */
export interface Operators {
  /** Backs up the hub in `data`; again: carries on. */
  backup(data: string): void;
  /** Makes a data folder of the backup; gives the statement that must be signed. */
  restore(data: string): string;
  /** Signs as so many of them. */
  sign(statement: string, operators: 1 | 2): void;
}

/** Makes keys in `folder` and tells the hub in `data` of them; it may run. */
export function makeOperators(folder: string, data: string): Operators {
  const passphrase = join(folder, "passphrase");
  writeFileSync(passphrase, "correct horse battery staple\n", { mode: 0o600 });
  const backup = join(folder, "backup");
  const keyOf = (name: string): string => join(folder, `${name}.key`);
  for (const name of NAMES) {
    const publicKey = hubCommand("operator", "key", keyOf(name)).trim();
    hubCommand("operator", "add", name, publicKey, "--data", data);
  }
  return {
    backup(from) {
      hubCommand("backup", "--data", from, "--to", backup, "--passphrase-file", passphrase);
      hubCommand("backup", "verify", backup);
    },
    restore(to) {
      const words = ["--from", backup, "--data", to, "--reason", "The disk was lost"];
      const keys = ["--passphrase-file", passphrase, "--output", "json"];
      const told: unknown = JSON.parse(hubCommand("restore", ...words, ...keys));
      if (typeof told === "object" && told !== null && "statement" in told) {
        return String(told.statement);
      }
      throw new Error("custos-hub restore has told no statement");
    },
    sign(statement, operators) {
      for (const name of NAMES.slice(0, operators)) {
        hubCommand("operator", "sign", statement, "--name", name, "--key", keyOf(name));
      }
    },
  };
}
