/**
 * `npm run kql:mutants -- [--name WORD]`: takes the guards of KQL and of the store out of a copy of
 * the source, one at a time, and runs the tests that should notice.
 *
 * @module
 */
import { runWeakenings } from "../run_weakenings.ts";
import { QUERY_WEAKENINGS } from "./query_weakenings.ts";
import { STORE_WEAKENINGS } from "./store_weakenings.ts";

process.exitCode = await runWeakenings([...STORE_WEAKENINGS, ...QUERY_WEAKENINGS]);
