/**
 * `custos-hub key`: API keys, made where the hub's data is.
 *
 * @module
 */
import { isScope, type Scope, SCOPES } from "../../sdk/api/scope.ts";
import type { ApiKey, Keys } from "../access/keys.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { openAccess } from "./access_file.ts";

const DAY_MS = 86_400_000;

export const key: Command = {
  name: "key",
  summary: "Makes, lists and removes API keys; works while the hub runs.",
  usage: `create --scopes SCOPE,… --data DIR [--name NAME] [--days N]
       custos-hub key list --data DIR
       custos-hub key remove ID --data DIR

  --scopes   what the key may do: ${SCOPES.join(", ")}, or all
  --name     what it is for; shown in every record of its use (default: api)
  --days     when it stops working (default: never)
  --data     the hub's data folder
  --output   text or json`,
  options: {
    data: { type: "string" },
    scopes: { type: "string" },
    name: { type: "string" },
    days: { type: "string" },
    output: { type: "string" },
  },
  words: 2,
  async run(call) {
    const [verb, ...words] = call.positionals;
    const run = new Map(Object.entries({ create, list, remove })).get(verb ?? "");
    if (run === undefined) {
      const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
      throw new UsageError(`${what}, must be create, list or remove`);
    }
    await using access = openAccess(required(call, "data"), call.now);
    return run(call, access.keys, words);
  },
};

function create(call: Call, keys: Keys): number {
  const days = daysOf(call);
  const made = keys.create({
    name: text(call, "name") ?? "api",
    scopes: scopesOf(required(call, "scopes")),
    expiresAt: days === undefined ? undefined : call.now() + days * DAY_MS,
  });
  if (isJson(call)) call.out(`${JSON.stringify({ ...shown(made.key), key: made.secret })}\n`);
  else call.out(`${made.secret}\n`);
  if (!isJson(call)) call.err(`Key ${made.key.id} was made. It is shown this once.`);
  return EXIT.ok;
}

function list(call: Call, keys: Keys): number {
  for (const one of keys.list()) {
    const { id, name, scopes, used, expires } = shown(one);
    if (isJson(call)) call.out(`${JSON.stringify(shown(one))}\n`);
    else call.out(`${id}  ${name}  ${scopes.join(",")}  used ${used}  expires ${expires}\n`);
  }
  return EXIT.ok;
}

function remove(call: Call, keys: Keys, [id]: readonly string[]): number {
  if (id === undefined) throw new UsageError("the key's id is missing, see custos-hub key list");
  if (keys.remove(id)) return EXIT.ok;
  call.err(`Cannot remove key: none has the id "${id}", see custos-hub key list`);
  return EXIT.failed;
}

function shown(one: ApiKey) {
  const time = (ms: number | undefined): string =>
    ms === undefined ? "never" : new Date(ms).toISOString();
  const { id, name } = one;
  return {
    id,
    name,
    scopes: [...one.scopes],
    created: time(one.createdAt),
    used: time(one.usedAt),
    expires: time(one.expiresAt),
  };
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}

function scopesOf(list: string): readonly Scope[] {
  if (list === "all") return SCOPES;
  const words = list.split(",").map((word) => word.trim());
  const wrong = words.find((word) => !isScope(word));
  if (wrong !== undefined) {
    throw new UsageError(`--scopes has "${wrong}", must be ${SCOPES.join(", ")} or all`);
  }
  return words.filter(isScope);
}

function daysOf(call: Call): number | undefined {
  const days = text(call, "days");
  if (days === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(days)) {
    throw new UsageError(`--days is "${days}", must be a whole number from 1 to 9999`);
  }
  return Number(days);
}
