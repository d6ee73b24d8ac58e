/**
 * Opens the models in a hub's data folder, beside the running hub or without it.
 *
 * @module
 */
import { join } from "node:path";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { type Sign, signer, verifier, type Verify } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { type Control, openControl } from "../control.ts";
import type { BehaviourRule } from "../detect/rule.ts";
import { CONTROL_FILE } from "../listening.ts";
import { type ModelStore, openModels } from "../models/model_store.ts";
import { type Call, checkRan, required, text } from "./command.ts";
import { readRules } from "./rules_folder.ts";

/** The models of one data folder, and the key that signs them. */
export interface ModelFile extends AsyncDisposable {
  readonly control: Control;
  readonly models: ModelStore;
  readonly sign: Sign;
  readonly verify: Verify;
  /** Behaviour rules of the hub's folder of rules. */
  readonly rules: readonly BehaviourRule[];
}

/**
 * Opens what `--data` and `--rules` name.
 *
 * @throws {UsageError} If no hub has run there.
 */
export async function openModelFile(call: Call): Promise<ModelFile> {
  const folder = required(call, "data");
  const [path, key] = [join(folder, CONTROL_FILE), join(folder, "ledger.key")];
  checkRan(folder, path);
  checkRan(folder, key);
  const { rules } = await readRules(text(call, "rules") ?? join(folder, "rules"));
  const keys = await loadOrCreateKeys(nodeFiles(), key);
  const control = openControl(path);
  return {
    control,
    models: openModels(control),
    sign: signer(keys.privateKey),
    verify: verifier(keys.publicKey),
    rules: rules.filter((rule) => rule.detector === "behaviour"),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}
