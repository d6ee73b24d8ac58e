/**
 * The `custos` binary: one of its commands, or the process of a plugin.
 *
 * Each is loaded only where it is wanted: a plugin's process holds nothing of the agent's commands.
 *
 * @module
 */
import { PLUGIN_PROCESS } from "./isolate/plugin_words.ts";

const [, , word = "", ...words] = process.argv;
if (word === PLUGIN_PROCESS) {
  const { bePluginProcess } = await import("./isolate/be_plugin_process.ts");
  await bePluginProcess(words);
} else {
  const { runProgram } = await import("./program.ts");
  await runProgram(process.argv.slice(2));
}
