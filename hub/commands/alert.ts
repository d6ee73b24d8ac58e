/**
 * `custos-hub alert`: alerts, and what analysts say of them.
 *
 * @module
 */
import { type Alert, AlertState, judgeAlert, Judgement, listAlerts } from "../../sdk/api/alerts.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { clientUsage, withHub } from "./hub_client.ts";
import { tableText } from "./table_text.ts";

const VERDICTS = Judgement.options.join(", ");

export const alert: Command = {
  name: "alert",
  summary: "Lists alerts, says whether one was right.",
  usage: `ls [--state STATE] [--limit N] [--hub URL] [--key KEY]
       custos-hub alert verdict ID VERDICT --why TEXT [--hub URL] [--key KEY]

${clientUsage("alerts:write")}
  VERDICT    ${VERDICTS}; the last one counts
  --why      kept in the ledger with who said it
  --state    ${AlertState.options.join(", ")} (default: all)
  --limit    most alerts, at most 500 (default: 50)
  --output   text or json

A verdict hides nothing: its rule finds what it has found before. Precision of each rule is in
custos-hub rules ls; custos-hub train takes verdicts into account and says how.`,
  options: {
    hub: { type: "string" },
    key: { type: "string" },
    why: { type: "string" },
    state: { type: "string" },
    limit: { type: "string" },
    output: { type: "string" },
  },
  words: 3,
  run(call) {
    const [verb, ...words] = call.positionals;
    if (verb === "ls") return list(call);
    if (verb === "verdict") return judge(call, words);
    const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
    throw new UsageError(`${what}, must be ls or verdict`);
  },
};

function list(call: Call): Promise<number> {
  const state = AlertState.options.find((one) => one === text(call, "state"));
  if (state === undefined && text(call, "state") !== undefined) {
    choice(call, "state", AlertState.options);
  }
  const query = { ...(state && { state }), limit: text(call, "limit") ?? "50" };
  return withHub(call, "alerts:read", async (hub) => {
    const { alerts } = await hub.call(listAlerts, { query, signal: call.signal });
    if (isJson(call)) { for (const one of alerts) call.out(`${JSON.stringify(one)}\n`); }
    else {call.out(
        tableText(["id", "state", "verdict", "rule", "entity", "last"], alerts.map(rowOf)),
      );}
    return EXIT.ok;
  });
}

function rowOf({ id, state, verdict, rule, entity, lastSeen }: Alert) {
  return { id, state, verdict: verdict?.verdict ?? "", rule, entity, last: lastSeen };
}

function judge(call: Call, [id, word]: readonly string[]): Promise<number> {
  if (id === undefined) {
    throw new UsageError("the alert's id is missing, see custos-hub alert ls --output json");
  }
  const verdict = Judgement.options.find((one) => one === word);
  if (verdict === undefined) {
    throw new UsageError(`the verdict is "${word ?? ""}", must be one of ${VERDICTS}`);
  }
  const body = { verdict, reason: required(call, "why") };
  return withHub(call, "alerts:write", async (hub) => {
    const judged = await hub.call(judgeAlert, { params: { id }, body, signal: call.signal });
    call.out(isJson(call) ? `${JSON.stringify(judged)}\n` : `Alert ${id} is ${word}\n`);
    return EXIT.ok;
  });
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}
