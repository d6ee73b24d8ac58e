/** The package brings no types for its shortened files. */
declare module "@kusto/language-service-next/bridge.min.js";
declare module "@kusto/language-service-next/Kusto.Language.Bridge.min.js";
