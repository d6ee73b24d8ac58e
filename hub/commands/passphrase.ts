/**
 * The passphrase of a backup's keys, from a file that others cannot read.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { LEAST_PASSPHRASE } from "../backup/sealed_keys.ts";
import { type Call, text, UsageError } from "./command.ts";

/**
 * What is in the file that `--passphrase-file` names; undefined with `--without-keys`.
 *
 * @throws {UsageError} If neither was given, or the file will not do.
 */
export function passphraseOf(call: Call, without: string): string | undefined {
  const file = text(call, "passphrase-file");
  const isWithout = call.values["without-keys"] === true;
  if (file === undefined) {
    if (isWithout) return undefined;
    throw new UsageError(
      `--passphrase-file is missing; or --without-keys, but then ${without}`,
    );
  }
  if (isWithout) throw new UsageError("--passphrase-file and --without-keys exclude each other");
  const passphrase = readPassphrase(file);
  if (passphrase.length >= LEAST_PASSPHRASE) return passphrase;
  throw new UsageError(
    `--passphrase-file has ${passphrase.length} characters, must have ${LEAST_PASSPHRASE} or more`,
  );
}

function readPassphrase(file: string): string {
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new UsageError(`--passphrase-file ${file} may be read by others, must have mode 0600`);
    }
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`--passphrase-file ${file} cannot be read: ${troubleOf(cause)}`, {
      cause,
    });
  }
}
