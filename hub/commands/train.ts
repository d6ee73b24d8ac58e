/**
 * `custos-hub train`: makes models of behaviour rules from what is stored.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import { Instant } from "../../sdk/api/values.ts";
import { ModelError, signModel } from "../detect/behaviour/model.ts";
import type { BehaviourRule } from "../detect/rule.ts";
import { type Engine, openEngine } from "../store/engine.ts";
import type { Evaluation } from "../train/compare.ts";
import { train as trainRule, type Trained } from "../train/train.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { type ModelFile, openModelFile } from "./model_file.ts";

/** Reading a quarter of a day of a large table takes longer than a query may. */
const DEADLINE_MS = 600_000;

export const train: Command = {
  name: "train",
  summary: "Trains models of behaviour rules from stored events; works while the hub runs.",
  usage: `--data DIR [--rule ID] [--from TIME] [--to TIME] [--dry-run]

  --data     the hub's data folder
  --rules    its folder of rules (default: rules in the data folder)
  --rule     of this rule alone (default: of all that have "detector: behaviour")
  --from     learn from this time on, such as 2026-08-01T10:00:00Z (default: the last 90 days)
  --to       until this time
  --seed     a whole number; the same events and seed give the same model (default: 1)
  --dry-run  store nothing
  --output   text or json

The first three quarters of the time are learned; on the last one the new model is compared with
the one in force. It replaces that one only when you say so: custos-hub model activate.`,
  options: {
    data: { type: "string" },
    rules: { type: "string" },
    rule: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    seed: { type: "string" },
    "dry-run": { type: "boolean" },
    output: { type: "string" },
  },
  async run(call) {
    choice(call, "output", ["text", "json"]);
    const [from, to, seed] = [timeOf(call, "from"), timeOf(call, "to"), seedOf(call)];
    await using file = await openModelFile(call);
    const rules = wantedOf(call, file.rules);
    await using engine = openEngine({
      processes: 1,
      deadlineMs: DEADLINE_MS,
      after(ms, run) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    });
    let code: number = EXIT.ok;
    for (const rule of rules) {
      if (!await trainOne(call, { file, engine, rule, from, to, seed })) code = EXIT.failed;
    }
    return code;
  },
};

function wantedOf(call: Call, rules: readonly BehaviourRule[]): readonly BehaviourRule[] {
  const id = text(call, "rule");
  const wanted = id === undefined ? rules : rules.filter((rule) => rule.id === id);
  if (wanted.length > 0) return wanted;
  const known = rules.map((rule) => rule.id).join(", ") || "none";
  throw new UsageError(
    id === undefined
      ? `there is no rule with "detector: behaviour" in the folder of rules`
      : `--rule is "${id}", must be one with "detector: behaviour": ${known}`,
  );
}

function timeOf(call: Call, name: string): number | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  if (v.is(Instant, value)) return Date.parse(value);
  throw new UsageError(
    `--${name} is "${String(value)}", must be a time with its offset such as 2026-08-01T10:00:00Z`,
  );
}

function seedOf(call: Call): number {
  const value = text(call, "seed") ?? "1";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new UsageError(`--seed is "${value}", must be a whole number of at most nine digits`);
}

interface Wanted {
  readonly file: ModelFile;
  readonly engine: Engine;
  readonly rule: BehaviourRule;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly seed: number;
}

/** False, and told, if there is not enough to learn from: the other rules go on. */
async function trainOne(call: Call, wanted: Wanted): Promise<boolean> {
  const { file, engine, rule, from, to, seed } = wanted;
  try {
    const trained = await trainRule({
      control: file.control,
      models: file.models,
      engine,
      folder: join(required(call, "data"), "store"),
      rule,
      fromMs: from,
      toMs: to,
      seed,
      now: call.now(),
      signal: call.signal,
      onProgress: progressOf(call, rule),
    });
    store(call, file, trained);
    return true;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    call.err(error.message);
    return false;
  }
}

const TENTHS = 10;

function progressOf(call: Call, { id, table }: BehaviourRule): (part: number) => void {
  let told = 0;
  return (part) => {
    if (Math.floor(part * TENTHS) === told) return;
    told = Math.floor(part * TENTHS);
    if (isJson(call)) call.out(`${JSON.stringify({ event: "reading", rule: id, part })}\n`);
    else call.err(`${id}: ${Math.round(100 * part)} % of ${table} is read`);
  };
}

function store(call: Call, { models, sign }: ModelFile, trained: Trained): void {
  const { model, comparison, running, rows, learned, heldBack } = trained;
  const signed = signModel(model, sign);
  const isStored = call.values["dry-run"] !== true;
  const told = {
    rule: model.rule,
    number: model.number,
    hash: signed.hash,
    rows,
    trained: model.trained,
    threshold: model.threshold,
    rationale: model.rationale,
    learned,
    heldBack,
    running,
    comparison,
  };
  if (isStored) {
    const { rule, number } = model;
    models.add({ rule, number, ...signed, comparison: JSON.stringify({ ...told, rationale: [] }) });
  }
  if (isJson(call)) {
    call.out(`${JSON.stringify({ event: "trained", stored: isStored, ...told })}\n`);
  } else call.out(textOf(trained, isStored));
}

function textOf(
  { model, comparison, running, rows, heldBack }: Trained,
  isStored: boolean,
): string {
  const { rule, number, trained, rationale } = model;
  const lines = [
    `${rule}: model ${number}, of ${rows} rows, ${trained.windows} windows of ${trained.entities} ` +
    `entities from ${trained.from} to ${trained.to}; ${trained.left} windows were too far from ` +
    "the rest to be learned",
    ...rationale.map((why) => `  ${why}`),
    `  compared from ${heldBack.from} to ${heldBack.to}:`,
    row(["", `model ${number}`, running === null ? "none in force" : `model ${running}`]),
    ...comparedRows(comparison.candidate, comparison.running).map(row),
  ];
  if (comparison.agreement !== undefined) {
    lines.push(row(["agreement", String(comparison.agreement), ""]));
  }
  const next = `custos-hub model activate ${rule} ${number} --why TEXT --data DIR`;
  lines.push(isStored ? `  Stored, not in force: ${next}` : "  Not stored");
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function row([name, candidate, running]: readonly [string, string, string]): string {
  return `    ${name.padEnd(24)}${candidate.padEnd(16)}${running}`;
}

function comparedRows(
  candidate: Evaluation,
  running: Evaluation | undefined,
): readonly (readonly [string, string, string])[] {
  const both = (name: string, of: (one: Evaluation) => string) =>
    [name, of(candidate), running === undefined ? "" : of(running)] as const;
  return [
    both("alerts a day", (one) => String(one.alertsPerDay)),
    both("windows found", (one) => `${one.found} of ${one.windows}`),
    both("held by verdicts", (one) => String(one.held)),
    both("true positives", ({ truePositives: { found, judged } }) => `${found} of ${judged}`),
    both("false positives", ({ falsePositives: { found, judged } }) => `${found} of ${judged}`),
  ];
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}
