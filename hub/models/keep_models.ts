/**
 * Writes the models that people have chosen into the ledger, so that detectors and every replay have
 * each from the same entry on.
 *
 * @module
 */
import type { Control } from "../control.ts";
import { watchOf } from "../detect/behaviour/detector.ts";
import { checkFits, ModelError, readSigned } from "../detect/behaviour/model.ts";
import { modelEntry } from "../detect/behaviour/model_entry.ts";
import type { BehaviourRule, Rule } from "../detect/rule.ts";
import { fingerprint } from "../detect/runner.ts";
import { openDetectState } from "../detect/state.ts";
import type { Verify } from "../../sdk/proof/sign.ts";
import { HUB_KEY_HASH } from "../ledger/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Choice, type ModelStore, openModels } from "./model_store.ts";

export interface KeepOptions {
  readonly control: Control;
  readonly ledger: Pick<Ledger, "append" | "commit">;
  /** The rules at the start. */
  readonly rules: readonly Rule[];
  /** Of the hub's key, which signs checkpoints and models. */
  readonly verify: Verify;
  /** Told once of each model that cannot be used. */
  readonly refused: (choice: Choice, error: ModelError) => void;
}

/** Keeps the models of one hub. */
export interface ModelKeeper {
  /** In words, which models somebody should look at: those not in force, and those that drifted. */
  problems(): readonly string[];
  /**
   * Writes what the rules are to have and do not; durable when it resolves. `rules` are those from now
   * on, if they are others.
   */
  keep(rules?: readonly Rule[]): Promise<void>;
}

/** Opens the keeper. */
export function keepModels(options: KeepOptions): ModelKeeper {
  const models = openModels(options.control);
  let { rules } = options;
  const troubles = new Map<string, string>();
  const told = new Set<string>();
  return {
    problems: () => [...troubles.values(), ...drifted(options.control, models)],
    async keep(changed) {
      rules = changed ?? rules;
      for (const choice of models.choices()) {
        const rule = rules.find(({ id }) => id === choice.rule);
        if (rule?.detector !== "behaviour") {
          models.setInForce(choice.rule, undefined);
          continue;
        }
        if (isInForce(models, rule, choice)) continue;
        const trouble = await bring(options, models, { rule, choice });
        if (trouble === undefined) troubles.delete(rule.id);
        else {
          models.setInForce(rule.id, undefined);
          troubles.set(rule.id, trouble.message);
          if (!told.has(trouble.message)) options.refused(choice, trouble);
          told.add(trouble.message);
        }
      }
    },
  };
}

function drifted(control: Control, models: ModelStore): readonly string[] {
  const state = openDetectState(control);
  return models.choices().flatMap(({ rule, number }) =>
    watchOf(state.cells(rule))?.watch.drift.isShifted === true
      ? [`Model ${number} of rule ${rule} has drifted, see custos-hub model show ${rule}`]
      : []
  );
}

function isInForce(models: ModelStore, rule: BehaviourRule, { number }: Choice): boolean {
  const force = models.inForce(rule.id);
  return force?.number === number && force.fingerprint === fingerprint(rule);
}

/** If we die before the last line, the same model comes again, which changes nothing. */
async function bring(
  { ledger, verify }: KeepOptions,
  models: ModelStore,
  { rule, choice }: { readonly rule: BehaviourRule; readonly choice: Choice },
): Promise<ModelError | undefined> {
  try {
    const stored = models.get(rule.id, choice.number);
    if (stored === undefined) throw missing(choice);
    checkFits(readSigned(stored, verify), rule);
    const { text, hash, signature } = stored;
    const { by, why } = choice;
    const payload = modelEntry({ model: { rule: rule.id, text, hash, signature, by, why } });
    const entry = ledger.append("rule", HUB_KEY_HASH, payload);
    await ledger.commit();
    models.setInForce(rule.id, { number: choice.number, fingerprint: fingerprint(rule), entry });
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

/** There is no such model. */
export function missing({ rule, number }: Pick<Choice, "rule" | "number">): ModelError {
  return new ModelError(
    "missing",
    `Cannot use model ${number} of rule ${rule}: there is none, see custos-hub model ls`,
  );
}
