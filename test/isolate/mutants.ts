/**
 * `npm run isolate:mutants -- [--name WORD]`: takes the guards of what runs plugins out of a copy of
 * the source, one at a time, and runs the tests that should notice.
 *
 * @module
 */
import { runWeakenings } from "../run_weakenings.ts";
import { WEAKENINGS } from "./weakenings.ts";

process.exitCode = await runWeakenings(WEAKENINGS);
