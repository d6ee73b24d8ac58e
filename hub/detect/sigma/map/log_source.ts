/**
 * Which of our tables feed a log source (Sigma rules specification 2.1, "Log source").
 *
 * @module
 */
import type { SigmaRule } from "../rule.ts";
import type { Feed } from "./bound_rule.ts";
import { linuxFeeds } from "./linux.ts";
import { namedFeed } from "./named_feeds.ts";
import { networkFeeds } from "./network.ts";
import { ownFeeds } from "./own_tables.ts";
import { serverFeeds } from "./servers.ts";
import { windowsFeeds } from "./windows.ts";

export type LogSource = SigmaRule["logsource"];

/** The tables that feed `rule`: ours for its log source, and those that its owner has named. */
export function feedsOfRule({ logsource, ownSources = [] }: SigmaRule): readonly Feed[] {
  return [...feedsOf(logsource), ...ownSources.map(namedFeed)];
}

/** The tables that feed `source`, with their conditions; none where we have no such events. */
export function feedsOf(source: LogSource): readonly Feed[] {
  switch (source.product) {
    case "windows":
      return windowsFeeds(source);
    case "linux":
      return linuxFeeds(source);
    case "custos":
      return ownFeeds(source);
    default:
      return [...serverFeeds(source), ...networkFeeds(source)];
  }
}
