/**
 * The test kit for plugin authors, as `@custos/sdk/testkit`: golden cases and the laws that hold of
 * every plugin, for `node:test` under Bun and Deno.
 *
 * @module
 */
export { goldenCases as golden, type PluginRun, type RunOptions, runPlugin } from "./golden.ts";
export { bench, contract, type Cost, crashLaw, type Input, rotationLaw, scrubLaw } from "./laws.ts";
