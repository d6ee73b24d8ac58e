/**
 * How this program starts itself again, for a plugin's process.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the agent's modules are. */
const HERE = dirname(fileURLToPath(import.meta.url));

/** True in a program that `npm run build` made: its modules are in no folder of this host. */
function isCompiled(): boolean {
  return HERE.startsWith("/$bunfs/") || /^[A-Z]:[/\\]~BUN/.test(HERE);
}

/** The checkout, where the program is a folder of modules; undefined where it is one file. */
export function ownFolder(): string | undefined {
  return isCompiled() ? undefined : dirname(HERE);
}

/** Program and leading words; the words of a command follow. */
export function ownCommand(): readonly string[] {
  return isCompiled() ? [process.execPath] : [process.execPath, join(HERE, "main.ts")];
}
