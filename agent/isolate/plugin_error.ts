/**
 * Why a plugin's process was ended, or ended itself.
 *
 * @module
 */

/**
 * - `start`: it could not be started, or said nothing that was right before it had any code.
 * - `import`: its code could not be imported.
 * - `threw`: the plugin threw, or a promise of its was rejected.
 * - `exited`: the process ended by itself, or the system ended it.
 * - `silent`: it did not answer in time: an endless loop, or a wait that blocks all.
 * - `memory`: it took more than it may have.
 * - `garbage`: what it wrote is no message.
 * - `schema`: its events or its own description are not what its manifest declares.
 * - `flood`: it gave more than the agent holds without saying where it stands.
 * - `config`: it failed when its config was checked, and again, or refuses it now.
 * - `late`: it did not stop when it was told to.
 */
export type PluginErrorCode =
  | "start"
  | "import"
  | "threw"
  | "exited"
  | "silent"
  | "memory"
  | "garbage"
  | "schema"
  | "flood"
  | "config"
  | "late";

/** A plugin's process is at its end. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: PluginErrorCode;
  /** What the plugin itself said, which may hold anything; empty where it said nothing. */
  readonly said: string;

  constructor(code: PluginErrorCode, message: string, said = "") {
    super(message);
    this.code = code;
    this.said = said;
  }
}
