/**
 * The SDK and its test kit as a plugin's author has them beside the plugin, by name of file.
 *
 * The build puts `compile/author_sdk.ts`' files in place of this module's: a program that is one file
 * brings them along. In a checkout they lead to the checkout's own source.
 *
 * @module
 */
import { ownFolder } from "../../own_command.ts";

/** `mod` and `testkit`, each as `.js` and `.d.ts`. */
export function authorSdk(): Readonly<Record<string, string>> {
  const sdk = JSON.stringify(`${ownFolder()}/sdk/mod.ts`);
  const kit = JSON.stringify(`${ownFolder()}/sdk/testkit/mod.ts`);
  const [all, allOfKit] = [`export * from ${sdk};\n`, `export * from ${kit};\n`];
  return { "mod.js": all, "mod.d.ts": all, "testkit.js": allOfKit, "testkit.d.ts": allOfKit };
}
