/**
 * With `CUSTOS_PROPERTY_SEED=N` every property test draws the same cases in each run: a change is
 * judged by what it changes, not by what chance finds today. Without it the cases are new each time.
 *
 * Loaded before the tests, by `compile/test.mjs`.
 *
 * @module
 */
import process from "node:process";
import * as fc from "fast-check";

const seed = process.env["CUSTOS_PROPERTY_SEED"];
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
