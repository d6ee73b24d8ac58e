/**
 * `custos plugin`: makes, tries, packs and adds plugins that are not built in.
 *
 * @module
 */
import { type Command, UsageError } from "./command.ts";
import { add } from "./plugin/add.ts";
import { bench } from "./plugin/bench.ts";
import { docs } from "./plugin/docs.ts";
import { inspect } from "./plugin/inspect.ts";
import { list, remove } from "./plugin/list.ts";
import { create } from "./plugin/new.ts";
import { pack } from "./plugin/pack.ts";
import { sign } from "./plugin/sign.ts";
import { check } from "./plugin/test.ts";

const VERBS: readonly Command[] = [
  create,
  check,
  bench,
  docs,
  pack,
  sign,
  inspect,
  add,
  list,
  remove,
];

export const plugin: Command = {
  name: "plugin",
  summary: "Makes, tries, packs and adds plugins that are not built in",
  usage: `VERB

${VERBS.map(({ name, summary }) => `  ${name.slice(7).padEnd(8)} ${summary}`).join("\n")}

custos plugin VERB --help tells more.`,
  options: {},
  verbs: VERBS,
  run({ positionals: [name] }) {
    const is = name === undefined ? "no verb is named" : `"${name}" is no verb`;
    const known = VERBS.map((verb) => verb.name.slice(7)).join(", ");
    return Promise.reject(new UsageError(`${is}, must be one of ${known}`));
  },
};
