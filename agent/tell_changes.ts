/**
 * Says in the log what changes: a source that fails or runs again, the link that opens or ends.
 *
 * It looks at the agent's status from time to time, so that what flickers is said once.
 *
 * @module
 */
import type { Log } from "../sdk/log.ts";
import type { SourceStatus, Status } from "./control/protocol.ts";
import { endText } from "./link_words.ts";

/** The log of a part of the agent. */
type LogOf = (part: string) => Log;

/** Gives the function that is to be called with each status. */
export function tellChanges(logOf: LogOf): (status: Status) => void {
  const sources = new Map<string, (source: SourceStatus) => void>();
  const tellLink = linkTeller(logOf("link"));
  return (status) => {
    for (const source of status.sources) {
      let tell = sources.get(source.source);
      if (tell === undefined) {
        tell = sourceTeller(logOf(`source/${source.source}`));
        sources.set(source.source, tell);
      }
      tell(source);
    }
    tellLink(status.link);
  };
}

function sourceTeller(log: Log): (source: SourceStatus) => void {
  let told = "running";
  let before = "";
  return ({ state, why }) => {
    const now = why === "" ? state : `${state}: ${why}`;
    // A source that fails at once at each start runs for a moment in between.
    const isSettled = state !== "running" || before === now;
    before = now;
    if (now === told || !isSettled || now === "waiting") return;
    told = now;
    if (state === "failed") log.error("The source has failed and is tried again", { why });
    else if (state === "quarantined") log.error("The source is not started again", { why });
    else if (state === "waiting") log.warning("The source waits", { why });
    else if (state === "running") log.info("The source runs again");
    else log.info("The source has ended");
  };
}

function linkTeller(log: Log): (link: Status["link"]) => void {
  let told = "";
  return ({ state, lastEnd, hub }) => {
    const now = hub === null
      ? "alone"
      : `${state === "ready" ? "open" : "not open"} ${lastEnd ?? "at first"}`;
    if (now === told || now === "not open at first") return;
    told = now;
    if (hub === null) {
      const fix = 'run "custos enroll", then start again; until then events stay in the spool';
      log.warning(`This agent is not enrolled: ${fix}`);
    } else if (state !== "ready") {
      log.warning("The link is not open", { hub, why: endText(lastEnd ?? "") });
    } else if (lastEnd === null) log.info("The link is open", { hub });
    else log.info("The link is open again", { hub, ended: endText(lastEnd) });
  };
}
