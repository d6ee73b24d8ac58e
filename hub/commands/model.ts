/**
 * `custos-hub model`: the trained models of a hub, and which of them are in force.
 *
 * @module
 */
import { watchOf } from "../detect/behaviour/detector.ts";
import { checkFits, ModelError, readSigned } from "../detect/behaviour/model.ts";
import { openDetectState } from "../detect/state.ts";
import { missing } from "../models/keep_models.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { type ModelFile, openModelFile } from "./model_file.ts";
import { tableText } from "./table_text.ts";

export const model: Command = {
  name: "model",
  summary: "Lists and shows trained models, says which one is in force.",
  usage: `ls --data DIR
       custos-hub model show RULE [NUMBER] --data DIR
       custos-hub model activate RULE NUMBER --why TEXT --data DIR
       custos-hub model rollback RULE --why TEXT --data DIR

  show      how a model was trained and compared, and how the one in force does: drift, findings
  activate  the running hub writes the model into its ledger within a second, or at its next start;
            its rule judges by it from there on
  rollback  activates the model before
  --data    the hub's data folder
  --rules   its folder of rules (default: rules in the data folder)
  --by      who wants it (default: the variable USER)
  --why     kept in the ledger
  --output  text or json`,
  options: {
    data: { type: "string" },
    rules: { type: "string" },
    by: { type: "string" },
    why: { type: "string" },
    output: { type: "string" },
  },
  words: 3,
  async run(call) {
    const [verb, ...words] = call.positionals;
    const run = new Map(Object.entries({ ls, show, activate, rollback })).get(verb ?? "");
    if (run === undefined) {
      const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
      throw new UsageError(`${what}, must be ls, show, activate or rollback`);
    }
    await using file = await openModelFile(call);
    try {
      return run(call, file, words);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      call.err(error.message);
      return EXIT.failed;
    }
  },
};

function ls(call: Call, { models }: ModelFile): number {
  const chosen = new Map(models.choices().map(({ rule, number }) => [rule, number]));
  const rows = models.list().map(({ rule, number, hash }) => ({
    rule,
    model: number,
    state: stateOf({
      isChosen: chosen.get(rule) === number,
      isInForce: models.inForce(rule)?.number === number,
    }),
    hash,
  }));
  if (isJson(call)) { for (const row of rows) call.out(`${JSON.stringify(row)}\n`); }
  else call.out(tableText(["rule", "model", "state", "hash"], rows));
  return EXIT.ok;
}

function stateOf({ isChosen, isInForce }: {
  readonly isChosen: boolean;
  readonly isInForce: boolean;
}): string {
  if (isChosen) return isInForce ? "in force" : "waits for the hub";
  return isInForce ? "until the hub has the next" : "";
}

function show(call: Call, file: ModelFile, [rule, number]: readonly string[]): number {
  const { models, control } = file;
  const id = ruleOf(rule);
  const chosen = models.choices().find((one) => one.rule === id);
  const wanted = number === undefined ? chosen?.number ?? models.next(id) - 1 : numberOf(number);
  const stored = models.get(id, wanted);
  if (stored === undefined) throw missing({ rule: id, number: wanted });
  const { trained, threshold, trainedThreshold, rationale, seed } = readSigned(stored, file.verify);
  const inForce = watchOf(openDetectState(control).cells(id));
  const isInForce = inForce?.hash === stored.hash;
  const told = {
    rule: id,
    model: wanted,
    hash: stored.hash,
    seed,
    trained,
    threshold,
    trainedThreshold,
    rationale,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only custos-hub train writes it
    comparison: (JSON.parse(stored.comparison) as { readonly comparison: unknown }).comparison,
    chosen: chosen?.number === wanted ? { by: chosen.by, why: chosen.why } : null,
    inForce: isInForce ? { entry: inForce.entry, ...watched(inForce.watch) } : null,
  };
  call.out(`${JSON.stringify(told, null, isJson(call) ? undefined : 2)}\n`);
  return EXIT.ok;
}

function watched({ judged, found, held, drift }: NonNullable<ReturnType<typeof watchOf>>["watch"]) {
  const last = drift.last && {
    at: new Date(drift.last.atMs).toISOString(),
    windows: drift.last.windows,
    shifts: drift.last.shifts,
  };
  return { judged, found, held, drift: { isShifted: drift.isShifted, last: last ?? null } };
}

function activate(call: Call, file: ModelFile, [rule, number]: readonly string[]): number {
  return choose(call, file, { rule: ruleOf(rule), number: numberOf(number) });
}

function rollback(call: Call, file: ModelFile, [rule]: readonly string[]): number {
  const id = ruleOf(rule);
  const before = file.models.before(id);
  if (before !== undefined) return choose(call, file, before);
  call.err(`Cannot roll back ${id}: no other model of it was ever chosen, see custos-hub model ls`);
  return EXIT.failed;
}

function choose(
  call: Call,
  { models, verify, rules }: ModelFile,
  { rule: id, number }: { readonly rule: string; readonly number: number },
): number {
  const why = required(call, "why");
  const by = text(call, "by") ?? call.variable("USER") ?? "unknown";
  const stored = models.get(id, number);
  if (stored === undefined) throw missing({ rule: id, number });
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) {
    throw new UsageError(`"${id}" is no rule with "detector: behaviour" of the folder of rules`);
  }
  checkFits(readSigned(stored, verify), rule);
  models.choose({ rule: id, number, by, why });
  const told = { event: "chosen", rule: id, model: number, hash: stored.hash, by, why };
  call.out(isJson(call) ? `${JSON.stringify(told)}\n` : `Model ${number} of ${id} is chosen\n`);
  return EXIT.ok;
}

function ruleOf(id: string | undefined): string {
  if (id !== undefined) return id;
  throw new UsageError("the id of a rule is missing, see custos-hub model ls");
}

function numberOf(word: string | undefined): number {
  if (word !== undefined && /^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new UsageError(`the model is "${word ?? ""}", must be a number, see custos-hub model ls`);
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}
