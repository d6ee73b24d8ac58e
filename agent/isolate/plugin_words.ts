/**
 * The words by which the program is told to be the process of a plugin. They are no command: people
 * do not call it.
 *
 * @module
 */
export const PLUGIN_PROCESS = "plugin-process";
/** Confine yourself to what follows as JSON, then become yourself again. */
export const CONFINE = "confine";
/** You are confined, as follows as JSON. */
export const CONFINED = "confined";
