/**
 * Which release this is.
 *
 * @module
 */
import manifest from "../package.json" with { type: "json" };

/** Semantic version, such as `0.1.0`. */
export const RELEASE: string = manifest.version;
