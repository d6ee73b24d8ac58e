/**
 * `custos-hub serve`: runs the hub until it is told to stop.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { statSync } from "node:fs";
import { join } from "node:path";
import { LOG_LEVELS, type LogLevel, logOf, openLog } from "../../sdk/log.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { targetOf, type Webhook, WebhookError } from "../alert/webhook.ts";
import { isLoopback } from "../api/serve.ts";
import { DEFAULT_CONFIG, type HubConfig, HubConfigError, parseAddress } from "../config.ts";
import { type WatchOptions, watchRules } from "../detect/rule_watch.ts";
import type { HubEnv } from "../env.ts";
import { openHub } from "../hub.ts";
import { announce } from "./announce.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { readConfig, readNamed } from "./read_config.ts";
import { openRuleFolder } from "./rules_folder.ts";
import { openerOf } from "./target_of_config.ts";

export const serve: Command = {
  name: "serve",
  summary: "Runs the hub: takes events from agents, keeps them, watches them, shows them.",
  usage: `--data DIR [--page ADDRESS:PORT] [--link ADDRESS:PORT] [-c hub.yaml]

  --data       the hub's data folder; made if it is missing
  --page       where people and API callers come, a loopback address (default: 127.0.0.1:4310)
  --link       where agents come (default: 127.0.0.1:4311)
  -c, --config the hub's config
  --output     text or json: one JSON object a line, with "event" ready, alert or rate
  --log-level  ${LOG_LEVELS.join(", ")} (default: info)

Takes the rules anew when their folder has changed, and on SIGHUP; those that have not changed keep
their state. A file with a mistake counts as it was before.`,
  options: {
    data: { type: "string" },
    page: { type: "string" },
    link: { type: "string" },
    config: { type: "string", short: "c" },
    output: { type: "string" },
    "log-level": { type: "string" },
  },
  async run(call) {
    const folder = required(call, "data");
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
      throw new UsageError(`--data is "${folder}", must be a folder, this is a file`);
    }
    const output = choice(call, "output", ["text", "json"]);
    const level = choice<LogLevel>(call, "log-level", ["info", ...LOG_LEVELS]);
    const config = configOf(call);
    openLog({ level, form: output, write: (line) => call.err(line.trimEnd()) });
    const env = machine();
    const ruleFolder = openRuleFolder(config.rules ?? join(folder, "rules"));
    const { rules, sigma, scheduled } = await ruleFolder.first();
    await using hub = await openHub({
      env,
      folder,
      config,
      rules,
      sigma,
      scheduled,
      webhooks: webhooksOf(config),
      openTarget: openerOf(config, call),
    });
    using _reloading = reloading(async () => hub.reloadRules(await ruleFolder.again()), {
      after: env.after,
      print: ruleFolder.print,
    });
    await announce(call, hub, output === "json");
    const failure = await Promise.race([hub.failed, stopped(call.signal)]);
    if (failure === undefined) return EXIT.ok;
    logOf("hub").error("Cannot go on, the next start recovers", {
      why: failure instanceof Error ? failure.message : "unknown",
    });
    return EXIT.failed;
  },
};

function configOf(call: Call): HubConfig {
  const file = text(call, "config");
  const config = file === undefined ? DEFAULT_CONFIG : readConfig(file);
  const page = addressOf(call, "page");
  const listen = addressOf(call, "link");
  if (page !== undefined && !isLoopback(page.host)) {
    throw new UsageError(`--page is "${page.host}", must be a loopback address such as 127.0.0.1`);
  }
  return {
    ...config,
    ...(page && { page }),
    ...(listen && { link: { ...config.link, listen } }),
  };
}

function addressOf(call: Call, name: string): HubConfig["page"] | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  const address = parseAddress(value);
  if (address !== undefined) return address;
  throw new UsageError(`--${name} is "${value}", must be an address such as 127.0.0.1:4310`);
}

/** How often the rule folder is looked at: a change is taken at the second look that is like it. */
const LOOK_MS = 5_000;

/**
 * Takes the rules anew on SIGHUP and when their folder has changed, one time after the other, until
 * it is disposed of.
 */
function reloading(
  reload: () => Promise<void>,
  folder: Pick<WatchOptions, "after" | "print">,
): Disposable {
  const log = logOf("hub/rules");
  let last = Promise.resolve();
  const changed = (): void => {
    last = last.then(reload).then(
      () => log.info("The rules were read again"),
      (error: unknown) =>
        log.error("Cannot take the rules, the old ones go on", { why: String(error) }),
    );
  };
  process.on("SIGHUP", changed);
  const watch = watchRules({ ...folder, everyMs: LOOK_MS, changed });
  return {
    [Symbol.dispose]() {
      watch[Symbol.dispose]();
      process.off("SIGHUP", changed);
    },
  };
}

function webhooksOf({ notify }: HubConfig): readonly Webhook[] {
  return notify.webhooks.map(({ name, url, secret_file, on, at_least, allow_private }) => {
    const webhook: Webhook = {
      name,
      url,
      secret: readNamed(secret_file, `secret_file of webhook "${name}"`).trim(),
      allowPrivate: allow_private,
      ...(on && { on }),
      ...(at_least && { atLeast: at_least }),
    };
    try {
      return targetOf(webhook).webhook;
    } catch (cause) {
      if (!(cause instanceof WebhookError)) throw cause;
      throw new HubConfigError(cause.message, { cause });
    }
  });
}

/** The real world. */
function machine(): HubEnv {
  return {
    now: () => Date.now(),
    after(ms, run) {
      // Longer than a timer can hold would fire at once.
      const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    files: nodeFiles(),
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    log: logOf,
  };
}

function stopped(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
